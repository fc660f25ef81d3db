import type { Store } from '../clusters/discovery.ts';
import type { Clock } from '../identity/tokens.ts';
import type { Finding, Gap, Known, RuleId } from './finding.ts';

/** A finding that somebody decided to live with. */
export interface Ignored {
  readonly id: string;
  readonly rule: RuleId;
  readonly cluster: string;
  readonly clusterName: string;
  readonly reason: string;
  /** Who decided so. */
  readonly by: string;
  readonly time: string;
  /** Until when; undefined is for ever. */
  readonly until?: string;
}

const ignoredKey = 'findings.ignored';
const sinceKey = 'findings.since';

/** What is kept of findings over restarts: since when each is there, and which are ignored and why. */
export class Ledger {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** By the finding's id; those whose time is up are none. */
  get ignored(): ReadonlyMap<string, Ignored> {
    const now = this.#clock.now();
    return new Map(
      this.#kept()
        .filter(({ until }) => until === undefined || Date.parse(until) > now)
        .map((one) => [one.id, one]),
    );
  }

  /** All are kept at once: each time the whole list is written. */
  ignore(findings: readonly Finding[], reason: string, days: number | undefined): void {
    const now = this.#clock.now();
    const entries = findings.map(({ id, rule, known: { cluster } }): Ignored => ({
      id,
      rule,
      cluster: cluster.id.toLowerCase(),
      clusterName: cluster.name,
      reason,
      by: cluster.caller.account.label,
      time: new Date(now).toISOString(),
      ...(days === undefined ? {} : { until: new Date(now + days * 86_400_000).toISOString() }),
    }));
    this.#store.set(ignoredKey, [...this.#without(entries.map(({ id }) => id)), ...entries]);
  }

  stopIgnoring(ids: readonly string[]): void {
    this.#store.set(ignoredKey, this.#without(ids));
  }

  #without(ids: readonly string[]): readonly Ignored[] {
    const those = new Set(ids);
    return this.#kept().filter(({ id }) => !those.has(id));
  }

  /** When it was first seen, in words for a file. */
  since(id: string): string | undefined {
    return this.#since()[id];
  }

  /** Writes down what is new, and strikes out what a look found no more. What was not looked at says nothing. */
  note(findings: readonly Finding[], known: readonly Known[], gaps: readonly Gap[]): void {
    const before = this.#since();
    const unsure = new Set(gaps.flatMap((gap) => ('cluster' in gap ? [gap.cluster.id.toLowerCase()] : [])));
    const looked = new Set(
      known.flatMap(({ cluster, looked: time }) => (time === undefined ? [] : [cluster.id.toLowerCase()])),
    );
    const found = new Set(findings.map(({ id }) => id));
    const isOver = (id: string): boolean => {
      const cluster = id.split('|')[1] ?? '';
      return !found.has(id) && looked.has(cluster) && !unsure.has(cluster);
    };
    const now = new Date(this.#clock.now()).toISOString();
    const after = Object.fromEntries([
      ...Object.entries(before).filter(([id]) => !isOver(id)),
      ...[...found].filter((id) => before[id] === undefined).map((id) => [id, now] as const),
    ]);
    if (Object.keys(after).join('\n') !== Object.keys(before).join('\n')) this.#store.set(sinceKey, after);
  }

  #kept(): readonly Ignored[] {
    const kept = this.#store.get(ignoredKey);
    return Array.isArray(kept) ? kept.filter(isIgnored) : [];
  }

  #since(): Readonly<Record<string, string>> {
    const kept = this.#store.get(sinceKey);
    return typeof kept === 'object' && kept !== null ? (kept as Readonly<Record<string, string>>) : {};
  }
}

function isIgnored(value: unknown): value is Ignored {
  if (typeof value !== 'object' || value === null) return false;
  const { id, rule, cluster, clusterName, reason, by, time, until } = value as Partial<
    Record<keyof Ignored, unknown>
  >;
  const texts = [id, rule, cluster, clusterName, reason, by, time];
  return (
    texts.every((part) => typeof part === 'string') && (until === undefined || typeof until === 'string')
  );
}
