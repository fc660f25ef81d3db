import { kinds } from '../clusters/kinds.ts';
import type { DatabaseService } from '../identity/clouds.ts';
import type { Check } from './check.ts';
import { checkIds } from './report.ts';
import type { Patient } from './report.ts';
import { claims } from './checks/claims.ts';
import { clock } from './checks/clock.ts';
import { cluster } from './checks/cluster.ts';
import { command } from './checks/command.ts';
import { dataRole } from './checks/dataRole.ts';
import { directory } from './checks/directory.ts';
import { entra } from './checks/entra.ts';
import { names } from './checks/names.ts';
import { native } from './checks/native.ts';
import { network } from './checks/network.ts';
import { postgresSignIn } from './checks/postgresSignIn.ts';
import { listedPrincipal, principal } from './checks/principal.ts';
import { request } from './checks/request.ts';
import { roleName } from './checks/roleName.ts';
import { roles } from './checks/roles.ts';
import { running } from './checks/running.ts';
import { servicePrincipal } from './checks/servicePrincipal.ts';
import { signedIn } from './checks/signedIn.ts';
import { signIn } from './checks/signIn.ts';
import { tcp } from './checks/tcp.ts';
import { tenant } from './checks/tenant.ts';
import { tls } from './checks/tls.ts';
import { token } from './checks/token.ts';

const everywhere: readonly Check[] = [
  signedIn,
  clock,
  tenant,
  cluster,
  running,
  entra,
  native,
  network,
  names,
  tcp,
  tls,
  token,
  claims,
];

const byService: Readonly<Record<DatabaseService, readonly Check[]>> = {
  mongoClusters: [principal, roles, signIn, command],
  postgres: [servicePrincipal, listedPrincipal, roleName, postgresSignIn],
  accounts: [principal, dataRole, request],
};

/** What is looked at for somebody, in the order in which it is mended. */
export function checksOf({ cluster: { kind }, other }: Patient): readonly Check[] {
  const checks = [
    ...everywhere,
    ...byService[kinds[kind].service],
    ...(other === undefined ? [] : [directory]),
  ];
  return checks.toSorted((a, b) => checkIds.indexOf(a.id) - checkIds.indexOf(b.id));
}
