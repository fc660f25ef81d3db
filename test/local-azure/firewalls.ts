import { asNumber, blockRange, isAddress } from './ipv4.ts';
import type { Behaviour, Child, FirewallRuleProperties } from './organisation.ts';

/** Where the services take whoever calls to come from, which is loopback in truth. */
export function callerAddresses({ callerAddress, echoAddress }: Behaviour): readonly string[] {
  return (callerAddress === '' ? ['127.0.0.1', echoAddress] : [callerAddress]).filter(isAddress);
}

/** Whether a cluster's rules admit the caller; where there is no public access, no rule does. */
export function admitsCaller(
  behaviour: Behaviour,
  hasPublicAccess: boolean,
  rules: readonly Child<FirewallRuleProperties>[],
): boolean {
  if (!behaviour.firewallsGateways) return true;
  if (!hasPublicAccess) return false;
  const callers = callerAddresses(behaviour).map(asNumber);
  return rules.some(({ properties: { startIpAddress, endIpAddress } }) =>
    callers.some((caller) => asNumber(startIpAddress) <= caller && caller <= asNumber(endIpAddress)),
  );
}

/** The same for an account, which is open to all as long as it has no rule. */
export function admitsCallerTo(
  behaviour: Behaviour,
  hasPublicAccess: boolean,
  ipRules: readonly { readonly ipAddressOrRange: string }[],
): boolean {
  if (!behaviour.firewallsGateways) return true;
  if (!hasPublicAccess) return false;
  const callers = callerAddresses(behaviour).map(asNumber);
  const blocks = ipRules.map(({ ipAddressOrRange }) => blockRange(ipAddressOrRange));
  return (
    blocks.length === 0 || blocks.some(({ from, to }) => callers.some((one) => from <= one && one <= to))
  );
}
