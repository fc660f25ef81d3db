import * as vscode from 'vscode';
import type { Principal } from '../../core/clusters/cluster.ts';
import { speaksMongo } from '../../core/clusters/kinds.ts';
import { diagnosisOf, mendingOf } from '../../core/doctor/causes.ts';
import type { Diagnosis, Found } from '../../core/doctor/causes.ts';
import type { CheckId, Evidence, Report, Result } from '../../core/doctor/report.ts';
import { wantedToLook } from '../../core/doctor/wanted.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { ButtonView, CheckView, View, Words } from '../../webview/doctorProtocol.ts';
import { obstacleWords } from '../access/changeWords.ts';
import { productOf } from '../words.ts';
import { causeWords, mendingWords, tenantWords } from './causeWords.ts';
import type { Parties } from './causeWords.ts';
import {
  checkWords,
  durationWords,
  evidenceWords,
  notRunWords,
  stateWords,
  unsureWords,
} from './checkWords.ts';
import { buttonsOf } from './fixes.ts';
import type { Subject } from './reports.ts';

export function pageWords(): Words {
  return {
    toolbar: vscode.l10n.t('Report'),
    checks: vscode.l10n.t('Checks'),
    again: vscode.l10n.t('Check Again'),
    stop: vscode.l10n.t('Stop'),
    copy: vscode.l10n.t('Copy as Markdown'),
    progress: vscode.l10n.t('Checks made'),
    seen: vscode.l10n.t('What was seen'),
    took: vscode.l10n.t('took'),
  };
}

export function partiesOf({ cluster, other, name, tenants }: Subject): Parties {
  const { service } = kinds[cluster.kind];
  return { cluster: cluster.name, service, them: other === undefined ? undefined : name, tenants };
}

/** What the page shows. */
export function viewOf(report: Report, subject: Subject, notice: View['notice']): View {
  const diagnosis = diagnosisOf(report);
  const results = [...report.results];
  const done = results.filter(([, result]) => isOver(result)).length;
  const made = results.filter(([, result]) => isOver(result) && result.state !== 'notRun').length;
  const progress = vscode.l10n.t('{0} of {1} checks made', made, results.length);
  return {
    state: diagnosis.state,
    title: titleOf(subject),
    about: aboutWords(subject),
    ...topOf(report, diagnosis, subject),
    done,
    all: results.length,
    progress,
    notice,
    buttons: topButtons(diagnosis, report, subject),
    checks: results.map(([id, result]) => checkView(id, result, report, subject, diagnosis)),
  };
}

/** One that somebody stopped is not. */
function isOver(result: Result): boolean {
  if (result.state === 'notRun') return result.why.what !== 'stopped';
  return result.state !== 'waiting' && result.state !== 'looking';
}

/** As much of a subject as its title says. */
interface Entitled {
  readonly cluster: { readonly name: string };
  readonly other: Principal | undefined;
  readonly name: string;
}

export function titleOf({ cluster, other, name }: Entitled): string {
  return other === undefined
    ? vscode.l10n.t('Why Can’t I Connect to {0}?', cluster.name)
    : vscode.l10n.t('Why Can’t {0} Connect to {1}?', name, cluster.name);
}

export function aboutWords({ cluster, other, name }: Subject): string {
  const { account } = cluster.caller;
  return [
    ...(other === undefined ? [account.label] : [name, vscode.l10n.t('seen as {0}', account.label)]),
    productOf(cluster),
    cluster.resourceGroup,
  ].join(' · ');
}

/** The sentence on top, and what belongs to it. */
export function topOf(
  report: Report,
  { state, causes, warnings }: Diagnosis,
  subject: Subject,
): Pick<View, 'sentence' | 'paragraphs' | 'others'> {
  const parties = partiesOf(subject);
  const { cluster, them } = parties;
  const others = [
    ...causes
      .slice(1)
      .map(({ cause }) => vscode.l10n.t('Also in the way: {0}.', causeWords(cause, parties)[0])),
    ...warnings.map(({ cause }) =>
      vscode.l10n.t('Not in the way, but to know: {0}.', causeWords(cause, parties)[0]),
    ),
  ];
  switch (state) {
    case 'looking':
      return { sentence: vscode.l10n.t('Looking into {0}…', cluster), paragraphs: [], others: [] };
    case 'sick': {
      const [first] = causes;
      if (first === undefined) return { sentence: '', paragraphs: [], others };
      const [short, long] = causeWords(first.cause, parties);
      return {
        sentence: `${short}. ${whoWords(first, report, subject)}`,
        paragraphs: [long],
        others,
      };
    }
    case 'healthy':
      return {
        sentence:
          them === undefined
            ? vscode.l10n.t('Everything works: nothing keeps you from {0}.', cluster)
            : vscode.l10n.t('Nothing is known to keep {0} from {1}.', them, cluster),
        paragraphs: [unprovedWords(subject)],
        others,
      };
    case 'unclear':
      return {
        sentence: unclearWords(report, parties),
        paragraphs: unseenWords(report, subject),
        others,
      };
  }
}

/** Who can mend it; or what goes before, while that would be refused to all of them. */
function whoWords({ cause }: Found, { rights, hurdles }: Report, subject: Subject): string {
  const mending = mendingOf(cause, rights, hurdles);
  return mending.hurdle === undefined
    ? mendingWords(mending, cause.what, partiesOf(subject))
    : obstacleWords(subject.cluster, mending.hurdle);
}

function unclearWords({ state }: Report, { cluster, them }: Parties): string {
  if (state === 'stopped')
    return vscode.l10n.t(
      'You stopped this before everything was looked at. Until then nothing wrong was found.',
    );
  return them === undefined
    ? vscode.l10n.t(
        'Nothing was found that keeps you from {0}, but not everything could be looked at.',
        cluster,
      )
    : vscode.l10n.t(
        'Nothing was found that keeps {0} from {1}, but not everything could be looked at.',
        them,
        cluster,
      );
}

/** What even a report without a fault does not say. */
function unprovedWords({ cluster, other }: Subject): string {
  if (other !== undefined)
    return vscode.l10n.t(
      'Their own sign-in, their network and their machine cannot be looked at from here. If they still cannot connect, have them run Why Can’t I Connect? on their side.',
    );
  switch (kinds[cluster.kind].service) {
    case 'mongoClusters':
    case 'postgres':
      return vscode.l10n.t(
        'You were signed in just now and a first request was answered. A program that fails all the same has another identity, another machine or another connection string.',
      );
    case 'accounts':
      return vscode.l10n.t(
        'A first request was answered just now, which read names only. What may be read or written in each container is up to the roles.',
      );
  }
}

/** What could not be looked at, by name: of what has the same reason in one sentence, and the reason after it. */
function unseenWords({ results }: Report, { cluster }: Subject): readonly string[] {
  const unseen = [...results].flatMap(([id, result]) => {
    const title = checkWords(id, cluster);
    if (result.state === 'notRun' && result.why.what === 'stopped') return [{ title, reason: '' }];
    return result.state === 'unknown' ? [{ title, reason: unsureWords(result.why, id)[0] }] : [];
  });
  return [...Map.groupBy(unseen, ({ reason }) => reason)].map(([reason, checks]) => {
    const titles = checks.map(({ title }) => title).join(', ');
    return reason === ''
      ? vscode.l10n.t('Not known: {0}.', titles)
      : vscode.l10n.t('Not known: {0}. {1}.', titles, reason);
  });
}

function topButtons({ state, causes }: Diagnosis, report: Report, subject: Subject): readonly ButtonView[] {
  const [first] = causes;
  if (state === 'unclear')
    return [...report.results].some(([id, result]) => wantedToLook(id, result, subject) !== undefined)
      ? [askButton()]
      : [];
  if (state === 'sick' && first !== undefined) return buttonsOf(first, subject, report);
  if (state !== 'healthy' || subject.other !== undefined || !speaksMongo(subject.cluster.kind)) return [];
  return [
    { id: 'openSession', label: vscode.l10n.t('Open Session') },
    { id: 'openDocuments', label: vscode.l10n.t('Open Documents…') },
  ];
}

/** For the right to see what Azure does not show. */
function askButton(): ButtonView {
  return { id: 'ask', label: vscode.l10n.t('Ask for Access…') };
}

/** What a row says of one that passed, before somebody opens it: of a tenant with a name that alone. */
function firstOf(
  [seen]: readonly Evidence[],
  [first]: CheckView['evidence'],
  id: CheckId,
  subject: Subject,
): string {
  const value = seen?.name === 'tenant' ? tenantWords(seen.value, subject) : first?.values[0];
  if (first === undefined || value === undefined) return '';
  const title = checkWords(id, subject.cluster);
  return first.label === title ? value : vscode.l10n.t('{0}: {1}', first.label, value);
}

function checkView(
  id: CheckId,
  result: Result,
  report: Report,
  subject: Subject,
  { causes, warnings }: Diagnosis,
): CheckView {
  const { state } = result;
  const evidence = 'evidence' in result ? evidenceWords(result.evidence, subject.tenants) : [];
  const common = {
    id,
    title: checkWords(id, subject.cluster),
    state,
    word: stateWords(state),
    short: '',
    paragraphs: [],
    evidence,
    duration: 'milliseconds' in result ? durationWords(result.milliseconds) : '',
    opens: false,
    buttons: [],
  };
  const again: ButtonView = { id: 'from', label: vscode.l10n.t('Check Again from Here') };
  switch (result.state) {
    case 'waiting':
    case 'looking':
      return common;
    case 'pass':
      return { ...common, short: firstOf(result.evidence, evidence, id, subject) };
    case 'notRun':
      return { ...common, short: notRunWords(result.why, subject.cluster) };
    case 'unknown': {
      const [short, long] = unsureWords(result.why, id);
      const explain: ButtonView = { id: 'explain', label: vscode.l10n.t('Explain') };
      const ask = wantedToLook(id, result, subject) === undefined ? [] : [askButton()];
      const buttons = result.why.what === 'failure' ? [...ask, explain, again] : [again];
      return { ...common, short, paragraphs: [long], buttons };
    }
    case 'fail':
    case 'warning': {
      const found: Found = { check: id, cause: result.cause };
      const parties = partiesOf(subject);
      const [short, long] = causeWords(result.cause, parties);
      const [top] = causes;
      const isOwn = [...causes, ...warnings].some(({ check }) => check === id);
      if (!isOwn && top !== undefined) {
        const came = vscode.l10n.t(
          'This most likely comes of what failed before it: {0}.',
          checkWords(top.check, subject.cluster),
        );
        return { ...common, short, paragraphs: [came, long], buttons: [again] };
      }
      return {
        ...common,
        short,
        opens: true,
        paragraphs: [long, whoWords(found, report, subject)],
        buttons: [...buttonsOf(found, subject, report), again],
      };
    }
  }
}
