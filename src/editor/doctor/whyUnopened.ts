import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { diagnosisOf, mendingOf } from '../../core/doctor/causes.ts';
import type { Found } from '../../core/doctor/causes.ts';
import { Examination } from '../../core/doctor/examination.ts';
import type { Report } from '../../core/doctor/report.ts';
import type { Unopened } from '../../core/doctor/unopened.ts';
import type { App } from '../app.ts';
import { actOf, buttonsOf, mend } from './fixes.ts';
import { instrumentsOf } from './instruments.ts';
import { topOf } from './reportPage.ts';
import type { Subject } from './reports.ts';
import { examineMe, mine } from './whyCantIConnect.ts';

/** Why a session does not open, and what mends it or looks further. */
export interface Why {
  readonly text: string;
  readonly ways: readonly Way[];
}

/** `made`: called when it is worth trying again. */
interface Way {
  readonly title: string;
  readonly go: (made: () => void) => Promise<void>;
}

/** By the checks that are worth it; undefined where they find nothing. */
export async function lookInto(
  app: App,
  cluster: Cluster,
  unopened: Unopened,
  signal: AbortSignal,
): Promise<Why | undefined> {
  const subject = mine(app, cluster);
  const examination = new Examination(subject, instrumentsOf(app), undefined, unopened);
  signal.addEventListener('abort', () => examination.stop());
  const report = await examination.run();
  const diagnosis = diagnosisOf(report);
  const [found] = diagnosis.causes;
  if (found === undefined) return undefined;
  const { sentence, paragraphs } = topOf(report, diagnosis, subject);
  return { text: [sentence, ...paragraphs].join(' '), ways: waysOf(app, found, report, subject) };
}

/** What the report itself would offer, and to try again. */
function waysOf(app: App, found: Found, report: Report, subject: Subject): readonly Way[] {
  const { may } = mendingOf(found.cause, report.rights);
  const fixes = buttonsOf(found, subject, report).flatMap(({ id, label }): readonly Way[] => {
    const act = actOf(id);
    // Whoever may do it need not ask; what there is to read is in the report.
    if (act === undefined || act === 'explain' || (act === 'ask' && may === 'yes')) return [];
    return [{ title: label, go: (made) => mend(app, act, found, subject, made) }];
  });
  return [
    ...fixes,
    { title: vscode.l10n.t('Retry'), go: (made) => Promise.resolve(made()) },
    {
      title: vscode.l10n.t('Why Can’t I Connect?'),
      go: () => examineMe(app, subject.cluster, subject.node),
    },
  ];
}
