import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { Names } from '../../core/access/principals.ts';
import { changeLines, recentChanges } from '../../core/audit/recentChanges.ts';
import type { RecentChange, What } from '../../core/audit/recentChanges.ts';
import { readActivity } from '../../core/azure/activityLog.ts';
import type { Cluster, Principal } from '../../core/clusters/cluster.ts';
import type { App } from '../app.ts';
import type { Node } from '../node.ts';
import { waitFor } from '../progress.ts';
import type { Act, Choice } from '../prompts.ts';
import { changeDetails } from './changeDetails.ts';
import type { Detail } from './changeDetails.ts';
import {
  actorName,
  actorWords,
  outcomeIcon,
  outcomeWords,
  seenWords,
  whatWords,
} from './recentChangeWords.ts';
import { clusterOf } from '../targets.ts';

/** What was done lately to who gets into a cluster, of Azure's log and of our own. */
interface Recent {
  readonly cluster: Cluster;
  readonly days: Days;
  readonly changes: readonly RecentChange[];
  readonly names: Names;
  readonly isPartial: boolean;
}

const spans = [7, 30, 90] as const;
type Days = (typeof spans)[number];

export async function recentAccessChanges(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(app, node, vscode.l10n.t('Recent access changes of which cluster?'));
  if (cluster === undefined) return;
  let recent = await look(app, cluster, 30);
  let typed = '';
  let at: RecentChange | undefined;
  for (;;) {
    const browsed =
      recent.changes.length === 0 ? await tellEmpty(app, recent) : await browse(app, recent, typed, at);
    if (browsed === undefined) return;
    ({ typed } = browsed);
    const { act, value } = browsed;
    switch (act ?? 'open') {
      case 'refresh':
        recent = await look(app, cluster, recent.days);
        break;
      case 'span': {
        const days = await askSpan(app, recent.days);
        if (days !== undefined) recent = await look(app, cluster, days);
        break;
      }
      case 'export':
        return exportChanges(app, recent);
      default:
        at = value;
        if (value === undefined || !(await showDetails(app, recent, value))) return;
    }
  }
}

async function look(app: App, cluster: Cluster, days: Days): Promise<Recent> {
  const { door, directory } = app.azure();
  return waitFor(vscode.l10n.t('Reading what was done to {0}…', cluster.name), async (signal) => {
    const now = new Date();
    const since = new Date(now.getTime() - days * 86_400_000);
    const { id, subscription, resourceGroup, caller } = cluster;
    const [{ events, isPartial }, own] = await Promise.all([
      readActivity(door, caller, { id, subscription, resourceGroup, since, now }, signal),
      ownText(app, since, now),
    ]);
    const changes = recentChanges(cluster, { events }, changeLines(own), since);
    const names = await directory.names(caller, changes.flatMap(principalsOf), signal);
    return { cluster, days, changes, names, isPartial };
  });
}

async function ownText({ audit }: App, since: Date, now: Date): Promise<string> {
  await audit.flush();
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  const parts: string[] = [];
  for await (const part of audit.files.export(day(since), day(now))) parts.push(part);
  return parts.join('');
}

function principalsOf({ by, what }: RecentChange): readonly Principal[] {
  const subject = subjectOf(what);
  return [by.principal, subject].filter((one) => one !== undefined);
}

function subjectOf(what: What): Principal | undefined {
  return 'subject' in what ? what.subject.principal : undefined;
}

function browse(app: App, recent: Recent, typed: string, at: RecentChange | undefined) {
  const { cluster, days, changes, isPartial } = recent;
  const title = vscode.l10n.t('{0}: Access Changes of the Last {1} Days', cluster.name, days);
  return app.prompts.browse({
    title: isPartial
      ? vscode.l10n.t('{0} (its resource group may not be read: some may be missing)', title)
      : title,
    question: vscode.l10n.t('Search what, who and when; Enter shows all that is known of it'),
    choices: changes.map((change) => choiceOf(recent, change)),
    acts: [],
    listActs: listActs(),
    typed,
    at,
  });
}

/** All that is known of one, in words; true to go back to the list. */
async function showDetails(app: App, recent: Recent, change: RecentChange): Promise<boolean> {
  const { cluster, names } = recent;
  const details = changeDetails(cluster, change, names);
  const back: Choice<Detail | undefined> = {
    label: vscode.l10n.t('Back to All Changes'),
    iconPath: new vscode.ThemeIcon('arrow-left'),
    value: undefined,
  };
  const choices = details.map((detail) => ({ label: detail.label, detail: detail.text, value: detail }));
  let [at] = details;
  for (;;) {
    const browsed = await app.prompts.browse<Detail | undefined>({
      title: vscode.l10n.t('{0}: One Access Change', cluster.name),
      question: vscode.l10n.t('What is known of it; Enter copies a line'),
      choices: [back, ...choices],
      acts: [],
      listActs: [{ name: 'json', label: vscode.l10n.t('Open as JSON'), icon: 'json' }],
      typed: '',
      at,
      canGoBack: true,
    });
    if (browsed === undefined) return false;
    if (browsed.act === 'json') {
      await open(app, recent, change);
      return false;
    }
    if (browsed.value === undefined) return true;
    at = browsed.value;
    await vscode.env.clipboard.writeText(at.text);
    vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
  }
}

function listActs(): readonly Act[] {
  return [
    { name: 'span', label: vscode.l10n.t('Other Span…'), icon: 'calendar' },
    { name: 'export', label: vscode.l10n.t('Export…'), icon: 'export' },
    { name: 'refresh', label: vscode.l10n.t('Refresh'), icon: 'refresh' },
  ];
}

function choiceOf({ cluster, names }: Recent, change: RecentChange): Choice<RecentChange> {
  const seen = seenWords(change);
  const when =
    change.time === ''
      ? vscode.l10n.t('unknown')
      : new Date(change.time).toLocaleString(vscode.env.language, {
          dateStyle: 'medium',
          timeStyle: 'short',
        });
  return {
    value: change,
    label: whatWords(cluster, change.what, names),
    iconPath: outcomeIcon(change.outcome),
    // Beside the label there would be no room for whoever has only an id.
    detail: [
      when,
      actorWords(change.by, names),
      outcomeWords(change.outcome),
      ...(seen === undefined ? [] : [seen]),
    ].join(' · '),
  };
}

/** Nothing to look through: the log looked at is the one a longer span would find more in. */
async function tellEmpty(app: App, { cluster, days, isPartial }: Recent) {
  const span = vscode.l10n.t('Other Span…');
  const again = vscode.l10n.t('Refresh');
  const none = vscode.l10n.t(
    'Nothing was done to who gets into {0} in the last {1} days. What was done just now can take minutes to come into Azure’s log, which goes back 90 days.',
    cluster.name,
    days,
  );
  const text = isPartial
    ? vscode.l10n.t(
        '{0} Only the cluster itself could be asked about: Reader on its resource group shows what is below it too.',
        none,
      )
    : none;
  const pressed = await app.prompts.tell('information', text, [span, again]);
  if (pressed === undefined) return undefined;
  return { act: pressed === span ? 'span' : 'refresh', value: undefined, typed: '' };
}

function askSpan(app: App, current: Days): Promise<Days | undefined> {
  return app.prompts.pick(
    spans.map((value) => ({
      label: vscode.l10n.t('The last {0} days', value),
      ...(value === current ? { description: vscode.l10n.t('current') } : {}),
      value,
    })),
    vscode.l10n.t('How far back?'),
  );
}

async function open({ documents }: App, recent: Recent, change: RecentChange): Promise<void> {
  const { cluster } = recent;
  const short = createHash('sha256').update(change.key).digest('hex').slice(0, 8);
  const name = `${cluster.name}-${change.time.slice(0, 16).replaceAll(':', '')}-${short}`;
  await documents.open(`${cluster.id}/changes/${name}`, () =>
    Promise.resolve({ ...rowOf(recent, change), ...change.record }),
  );
}

/** A change as a table has it. */
function rowOf({ cluster, names }: Recent, { time, what, by, outcome, seenIn }: RecentChange) {
  return {
    time,
    what: whatWords(cluster, what, names),
    subjectId: subjectOf(what)?.objectId ?? '',
    who: actorName(by, names),
    whoType: by.type,
    whoId: by.principal?.objectId ?? '',
    applicationId: by.applicationId ?? '',
    outcome: outcome.state,
    serviceCode: outcome.serviceCode ?? '',
    madeHere: seenIn !== 'azure',
    inAzureLog: seenIn !== 'here',
    cluster: cluster.id,
  };
}

async function exportChanges(app: App, recent: Recent): Promise<void> {
  const format = await app.prompts.pick<'csv' | 'jsonl'>(
    [
      { label: vscode.l10n.t('CSV'), detail: vscode.l10n.t('A table: a line for each change'), value: 'csv' },
      {
        label: vscode.l10n.t('JSON Lines'),
        detail: vscode.l10n.t('With all that is known of each change'),
        value: 'jsonl',
      },
    ],
    vscode.l10n.t('Export as what?'),
  );
  if (format === undefined) return;
  const day = new Date().toISOString().slice(0, 10);
  const target = await app.prompts.save(
    `${recent.cluster.name}-access-changes-${day}-${recent.days}-days.${format}`,
  );
  if (target === undefined) return;
  const text = format === 'csv' ? await csvOf(recent) : jsonLinesOf(recent);
  await vscode.workspace.fs.writeFile(target, Buffer.from(text));
  const show = vscode.l10n.t('Open');
  const told = vscode.l10n.t('The access changes are in {0}.', target.fsPath);
  if ((await app.prompts.tell('information', told, [show])) === show)
    await vscode.window.showTextDocument(target);
}

async function csvOf(recent: Recent): Promise<string> {
  const { csvCell } = await import('../../core/playground/export/csv.ts');
  const rows = recent.changes.map((change) => rowOf(recent, change));
  const headings = Object.keys(rows[0] ?? {});
  const lines = [headings, ...rows.map((row) => Object.values(row).map(String))];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function jsonLinesOf(recent: Recent): string {
  return recent.changes
    .map((change) => `${JSON.stringify({ ...rowOf(recent, change), ...change.record })}\n`)
    .join('');
}
