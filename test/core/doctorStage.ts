/** Somebody looked into at a local Azure. */
import assert from 'node:assert/strict';
import { Permissions } from '../../src/core/access/permissions.ts';
import type { Cluster, Principal } from '../../src/core/clusters/cluster.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { diagnosisOf, mendingOf } from '../../src/core/doctor/causes.ts';
import type { Fix, Mender } from '../../src/core/doctor/causes.ts';
import type { Cause, CheckId, Report } from '../../src/core/doctor/report.ts';
import { Examination } from '../../src/core/doctor/examination.ts';
import { usualLimits } from '../../src/core/doctor/facts.ts';
import type { Instruments, Limits } from '../../src/core/doctor/facts.ts';
import type { Unopened } from '../../src/core/doctor/unopened.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { resolverOf } from '../../src/core/sessions/hosts.ts';
import { azure, begin, leftOpen, localCloud, suffix } from './sessionStage.ts';
import type { Play } from './sessionStage.ts';
import { audiences } from './stage.ts';

export interface Case extends Omit<Play, 'limits'> {
  /** The name of another cluster than the one of MongoDB’s, as a list gives it. */
  readonly at?: string;
  readonly other?: Principal;
  readonly cluster?: (usual: Cluster) => Cluster;
  readonly ownAddress?: string;
  readonly now?: () => number;
  /** Accounts that the editor has beside those of `people`, by their ids. */
  readonly accounts?: readonly string[];
  readonly checks?: Partial<Limits>;
  /** In place of all checks: what a session that did not open makes worth it. */
  readonly unopened?: Unopened;
}

/** Servers here answer at once, as far as the machine lets them, or never. */
const limits: Limits = { ...usualLimits, connecting: 1500, rights: 15_000 };

export function examine({
  at,
  other,
  ownAddress,
  now,
  accounts = [],
  checks,
  unopened,
  cluster: as,
  ...play
}: Case = {}) {
  const { stage, cluster: usual } = begin({ ...play, cloud: play.cloud ?? everyCloud() });
  const cluster = at === undefined ? usual : listed(at, usual);
  stage.accounts.push(...accounts.map((id) => ({ id, label: 'kai@contoso.com' })));
  const reports: Report[] = [];
  const instruments: Instruments = {
    door: stage.door,
    tokens: stage.tokens,
    directory: stage.directory,
    resolver: { ...resolverOf(stage.door.cloud), ...play.resolver },
    clock: { now: now ?? Date.now },
    ownAddress: () => Promise.resolve(ownAddress),
    permissions: new Permissions(stage.door),
    limits: { ...limits, ...checks },
  };
  const patient = { cluster: as?.(cluster) ?? cluster, other };
  const examination = new Examination(patient, instruments, (report) => reports.push(report), unopened);
  leftOpen.push(() => examination.stop());
  return { stage, examination, reports };
}

/** The local cloud with all its services. */
export function everyCloud(): Cloud {
  const { postgres, accounts } = azure();
  const [pg, data] = [postgres ?? assert.fail(), accounts ?? assert.fail()];
  return localCloud({
    audiences: { ...audiences, postgres: pg.audience, accounts: data.audience },
    hosts: { mongoClusters: [suffix], postgres: [pg.suffix], accounts: [data.suffix] },
    ports: { postgres: pg.port },
  });
}

function listed(name: string, { caller }: Cluster): Cluster {
  const found = azure().organisation.resources.find((one) => one.name === name) ?? assert.fail(name);
  const { id, type } = found;
  return clusterOfResource({ id, name, type, properties: {} }, caller, false) ?? assert.fail(name);
}

/** Something that is wrong, and what a report has to make of it. */
export interface Fault {
  readonly when: string;
  readonly make?: () => unknown;
  readonly case?: Case;
  readonly check: CheckId;
  readonly cause: Cause['what'];
  /** What is found beside it. */
  readonly and?: readonly Cause['what'][];
  readonly who: Mender;
  readonly fix?: Fix;
}

/** Has a report name each fault first, and nothing that only came of it; by who mends it, and how. */
export function sayWhatIsWrong(faults: readonly Fault[], look = examine): void {
  for (const fault of faults)
    it(`says what is wrong when ${fault.when}`, async () => {
      await fault.make?.();
      const report = await look(fault.case).examination.run();
      const [first] = diagnosisOf(report).causes;
      assert.equal(first?.cause.what, fault.cause, JSON.stringify(told(report)));
      assert.equal(first.check, fault.check);
      const { who, fixes } = mendingOf(first.cause);
      assert.deepEqual([who, fixes[0]], [fault.who, fault.fix]);
      assert.deepEqual(told(report).causes, [fault.cause, ...(fault.and ?? [])]);
    });
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
