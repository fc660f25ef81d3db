/** What the gateway asks Azure about its cluster; read afresh at every sign-in and command. */
export interface GatewayCluster {
  readonly name: string;
  /** As Azure prints it: `'8.0'`. */
  readonly serverVersion: string;
  /** A cluster that is stopped accepts no connection. */
  readonly running: boolean;
  /** Whether its firewall knows no rule for the caller, who then hears nothing at all. */
  readonly firewalled?: boolean;
  /** A replica. */
  readonly readOnly: boolean;
  /** `'MicrosoftEntraID'`, `'NativeAuth'`, and whatever Azure adds. */
  readonly allowedModes: readonly string[];
  readonly administrator: { readonly userName: string; readonly password: string } | undefined;
  /** Whether it makes users with one role of the pair, who can connect and do nothing. Sources differ on that. */
  readonly takesHalfRoles?: boolean;
  /** Whether connectionStatus answers with empty lists, as older gateways do. */
  readonly hidesUsers?: boolean;
  /** The users that Resource Manager registered (role `root`), by object id. */
  readonly administrators: ReadonlyMap<string, { readonly principalType: 'user' | 'servicePrincipal' }>;
}
