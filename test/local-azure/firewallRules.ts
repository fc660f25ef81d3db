import { badRequest } from './armError.ts';
import type { ChildFamily } from './resourceFamily.ts';
import { asNumber, isAddress } from './ipv4.ts';
import type { Child, FirewallRuleProperties } from './organisation.ts';
import { requireShape, type Shape } from './shape.ts';

const ruleShape: Shape = { members: {}, required: ['startIpAddress', 'endIpAddress'] };

/** Firewall rules look alike on both kinds of cluster that have them. */
export function firewallRules<R extends { readonly firewallRules: Child<FirewallRuleProperties>[] }>(
  /** What a rule may be called. */
  names: RegExp,
  hasPages: boolean,
): ChildFamily<R> {
  return {
    name: 'firewallRules',
    hasPages,
    children: (parent) => parent.firewallRules,
    show: (rule) => ({ provisioningState: 'Succeeded', ...rule.properties }),
    check({ name, properties }) {
      const { startIpAddress, endIpAddress } = properties;
      requireShape(properties, ruleShape, 'properties');
      if (!names.test(name)) throw badRequest(`The firewall rule name '${name}' is not valid.`);
      if (!isAddress(startIpAddress) || !isAddress(endIpAddress)) {
        throw badRequest('startIpAddress and endIpAddress must be IPv4 addresses.', 'InvalidParameterValue');
      }
      if (asNumber(startIpAddress) > asNumber(endIpAddress)) {
        throw badRequest('The start of the range is above its end.', 'InvalidParameterValue');
      }
      return { startIpAddress, endIpAddress };
    },
  };
}
