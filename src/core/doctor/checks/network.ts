import { addressIn } from '../../access/ownAddress.ts';
import { isLetIn, isRange } from '../../clusters/addresses.ts';
import { Failure } from '../../failure.ts';
import { cosmosCodes } from '../codes/cosmos.ts';
import type { Check } from '../check.ts';
import { isPrivate } from '../privateAddresses.ts';
import { fail, pass, unknown } from '../report.ts';
import type { Evidence, Look } from '../report.ts';
import type { Facts } from '../facts.ts';
import type { DataAnswer } from '../request.ts';

/** Whether the cluster lets this machine's address in, or is in a private network that this machine is in. */
export const network: Check = {
  id: 'network',
  needs: ['cluster'],
  async look(facts) {
    const cluster = await facts.cluster();
    const publicNetwork = facts.kind
      .facts(cluster.resource)
      .flatMap((fact) => (fact.name === 'publicNetwork' ? [fact.value ?? ''] : []))[0];
    const evidence: Evidence[] =
      publicNetwork === undefined || publicNetwork === ''
        ? []
        : [{ name: 'publicNetwork', value: publicNetwork }];
    return facts.kind.publicNetwork(cluster.resource) === 'nobody'
      ? privately(facts, evidence)
      : publicly(facts, evidence);
  },
};

async function privately(facts: Facts, evidence: readonly Evidence[]): Promise<Look> {
  if (facts.patient.other !== undefined) return unknown({ what: 'theirAddress' }, ...evidence);
  const addresses = await addressesOf(facts);
  const seen = [...evidence, ...addresses.map(addressSeen)];
  if (await answers(facts)) return pass(...seen);
  const address = addresses.find((one) => isPrivate(one)) ?? addresses[0];
  return fail({ what: 'privateOnly', address, isPublic: false }, ...seen);
}

async function publicly(facts: Facts, evidence: readonly Evidence[]): Promise<Look> {
  const cluster = await facts.cluster();
  // A private endpoint has no firewall: where the name leads to one, its rules let nobody in and shut nobody out.
  const addresses = facts.patient.other === undefined ? await addressesOf(facts) : [];
  const [address] = addresses;
  if (address !== undefined && addresses.every(isPrivate)) {
    const seen = [...evidence, ...addresses.map(addressSeen)];
    if (await isSilent(facts)) return fail({ what: 'privateOnly', address, isPublic: true }, ...seen);
    if ((await refusal(facts)) === undefined) return pass(...seen);
  }
  const isOpen = facts.kind.publicNetwork(cluster.resource) === 'everyone';
  const [rules, own] = await Promise.all([
    facts.rules().catch((error: unknown) => Failure.from(error)),
    facts.patient.other === undefined ? facts.ownAddress(facts.signal).catch(() => undefined) : undefined,
  ]);
  // An account has its rules in itself: where it does not say how it is open, none does not mean nobody. And what
  // cannot be read of a rule may be the address that is looked for.
  const isSaid =
    (facts.kind.service !== 'accounts' || facts.kind.publicNetwork(cluster.resource) !== 'unknown') &&
    (rules instanceof Failure || rules.every(isRange));
  const seen: Evidence[] = [
    ...evidence,
    ...(rules instanceof Failure ? [] : [{ name: 'rules' as const, rules }]),
    ...(own === undefined ? [] : [{ name: 'ownAddress' as const, value: own }]),
  ];
  const lets = (address: string): boolean =>
    !(rules instanceof Failure) && isLetIn({ start: address, end: address }, rules);
  const everyone =
    isOpen || (!(rules instanceof Failure) && isLetIn({ start: '0.0.0.0', end: '255.255.255.255' }, rules));
  if (everyone) return pass(...seen);
  if (facts.patient.other !== undefined) {
    if (rules instanceof Failure) return unknown({ what: 'failure', failure: rules.data }, ...seen);
    return rules.length === 0 && isSaid
      ? fail({ what: 'firewallClosed', address: undefined }, ...seen)
      : unknown({ what: 'theirAddress' }, ...seen);
  }
  // An answer is the best proof: the address that the cluster sees may be another than the one that is known.
  if (await answers(facts)) return pass(...seen);
  const told = addressIn((await refusal(facts)) ?? '');
  if (told !== undefined)
    return fail({ what: 'firewallClosed', address: told }, ...seen, { name: 'ownAddress', value: told });
  if (rules instanceof Failure)
    return (await isSilent(facts))
      ? fail({ what: 'firewallLikely' }, ...seen)
      : unknown({ what: 'failure', failure: rules.data }, ...seen);
  if (own !== undefined && lets(own)) return pass(...seen);
  if (own !== undefined && isSaid) return fail({ what: 'firewallClosed', address: own }, ...seen);
  if (rules.length === 0 && isSaid) return fail({ what: 'firewallClosed', address: undefined }, ...seen);
  // Nobody is there at all, or the name leads nowhere: that is no firewall.
  return (await isSilent(facts))
    ? fail({ what: 'firewallLikely' }, ...seen)
    : unknown({ what: 'unsaid' }, ...seen);
}

/** Where its names lead; nowhere, where that cannot be said. */
async function addressesOf(facts: Facts): Promise<readonly string[]> {
  const found = await facts.addresses().catch(() => []);
  return found.flatMap((server) => server.addresses.map(({ address }) => address));
}

function addressSeen(value: string): Evidence {
  return { name: 'address', value };
}

/** Whether anything came back from the cluster, of whatever kind; from an account something else than its firewall. */
async function answers(facts: Facts): Promise<boolean> {
  const handshakes = await facts.handshakes().catch(() => []);
  if (!handshakes.some(({ state }) => state === 'agreed' || state === 'distrusted')) return false;
  return facts.kind.service !== 'accounts' || (await refusal(facts)) === undefined;
}

async function isSilent(facts: Facts): Promise<boolean> {
  const handshakes = await facts.handshakes().catch(() => []);
  return handshakes.length > 0 && handshakes.every(({ state }) => state === 'silent');
}

/** What an account's firewall says, which answers whom it turns away. */
async function refusal(facts: Facts): Promise<string | undefined> {
  if (facts.kind.service !== 'accounts') return undefined;
  const answer = await facts.request().catch(() => undefined);
  return answer !== undefined && isFirewall(answer) ? answer.text : undefined;
}

function isFirewall({ status, text }: DataAnswer): boolean {
  return status === 403 && cosmosCodes(text).includes('403/firewall');
}
