import { asNumber, isAddress } from './ipv4.ts';
import type { Behaviour, Child, FirewallRuleProperties } from './organisation.ts';

/** Where the services take whoever calls to come from, which is loopback in truth. */
function callerAddresses({ callerAddress, echoAddress }: Behaviour): readonly string[] {
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
