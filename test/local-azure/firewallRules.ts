import { badRequest } from './armError.ts';
import type { ChildFamily } from './resourceFamily.ts';
import type { Child, FirewallRuleProperties } from './organisation.ts';

const address = /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$/;

/** Firewall rules look alike on both kinds of cluster that have them. */
export function firewallRules<R extends { readonly firewallRules: Child<FirewallRuleProperties>[] }>(
  hasPages: boolean,
): ChildFamily<R> {
  return {
    name: 'firewallRules',
    hasPages,
    children: (parent) => parent.firewallRules,
    show: (rule) => ({ provisioningState: 'Succeeded', ...rule.properties }),
    check({ name, properties }) {
      const { startIpAddress, endIpAddress } = properties;
      if (!/^[a-z0-9][\w-]{0,79}$/i.test(name))
        throw badRequest(`The firewall rule name '${name}' is not valid.`);
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

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && address.test(value);
}

function asNumber(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
