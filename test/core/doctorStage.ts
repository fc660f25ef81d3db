/** Somebody looked into at a local Azure. */
import type { Cluster, Principal } from '../../src/core/clusters/cluster.ts';
import { diagnosisOf } from '../../src/core/doctor/causes.ts';
import type { Report } from '../../src/core/doctor/check.ts';
import { Examination } from '../../src/core/doctor/examination.ts';
import { usualLimits } from '../../src/core/doctor/facts.ts';
import type { Instruments, Limits } from '../../src/core/doctor/facts.ts';
import { resolverOf } from '../../src/core/sessions/hosts.ts';
import { begin, leftOpen } from './sessionStage.ts';
import type { Play } from './sessionStage.ts';

export interface Case extends Omit<Play, 'limits'> {
  readonly other?: Principal;
  readonly cluster?: (usual: Cluster) => Cluster;
  readonly ownAddress?: string;
  readonly now?: () => number;
  /** Accounts that the editor has beside those of `people`, by their ids. */
  readonly accounts?: readonly string[];
  readonly checks?: Partial<Limits>;
}

/** Servers here answer at once, or never. */
const limits: Limits = { ...usualLimits, connecting: 700 };

export function examine({ other, ownAddress, now, accounts = [], checks, cluster: as, ...play }: Case = {}) {
  const { stage, cluster } = begin(play);
  stage.accounts.push(...accounts.map((id) => ({ id, label: 'kai@contoso.com' })));
  const reports: Report[] = [];
  const instruments: Instruments = {
    door: stage.door,
    tokens: stage.tokens,
    directory: stage.directory,
    resolver: { ...resolverOf(stage.door.cloud), ...play.resolver },
    clock: { now: now ?? Date.now },
    ownAddress: () => Promise.resolve(ownAddress),
    limits: { ...limits, ...checks },
  };
  const patient = { cluster: as?.(cluster) ?? cluster, other };
  const examination = new Examination(patient, instruments, (report) => reports.push(report));
  leftOpen.push(() => examination.stop());
  return { stage, examination, reports };
}

/** What every check came to, a word each; and the causes that the report begins with. */
export function told(report: Report) {
  const results = [...report.results].map(([id, result]) => [
    id,
    result.state === 'fail' || result.state === 'warning'
      ? `${result.state} ${result.cause.what}`
      : result.state,
  ]);
  return {
    results: Object.fromEntries(results) as Readonly<Record<string, string>>,
    causes: diagnosisOf(report).causes.map(({ cause }) => cause.what),
    state: diagnosisOf(report).state,
  };
}
