import type { Door } from '../azure/door.ts';
import { listAll, withVersion } from '../azure/resourceManager.ts';
import type { Change, FirewallRule, Step } from './change.ts';
import type { Cluster } from './cluster.ts';
import { fields, text } from './fields.ts';
import type { Kind } from './kind.ts';
import { unsettled } from './unsettled.ts';

/** The firewall of those kinds that keep each rule as a resource of its own. */
export function firewallOf(kind: Pick<Kind, 'armType' | 'apiVersions'>) {
  return {
    /** One kind lets no name begin with a sign. */
    ruleName: (name: string): string =>
      name
        .replaceAll(/[^\w-]+/g, '-')
        .replace(/^[_-]+/, '')
        .slice(0, 80),

    async rules(door: Door, cluster: Cluster, signal?: AbortSignal): Promise<readonly FirewallRule[]> {
      const rules = await withVersion(kind.apiVersions, (version) =>
        listAll(door, cluster.caller, `${cluster.id}/firewallRules`, version, signal),
      );
      return rules.flatMap((rule) => {
        const { id, name, properties } = fields(rule);
        // One that could not be made lets nobody in; one on its way out still does.
        if (!/^(dropping)?$/i.test(unsettled(properties) ?? '')) return [];
        const { startIpAddress, endIpAddress } = fields(properties);
        const [start = '', end = ''] = [text(startIpAddress), text(endIpAddress)];
        return [{ id: text(id), name: text(name) ?? '', start, end }];
      });
    },

    step({ id }: Cluster, { what, rule }: Change & { what: 'addRule' | 'removeRule' }): Step {
      const target = {
        to: 'resourceManager' as const,
        id: rule.id ?? `${id}/firewallRules/${rule.name}`,
        type: `${kind.armType}/firewallRules`,
        apiVersions: kind.apiVersions,
      };
      if (what === 'removeRule') return { ...target, method: 'DELETE' };
      const properties = { startIpAddress: rule.start, endIpAddress: rule.end };
      return { ...target, method: 'PUT', body: { properties } };
    },
  };
}
