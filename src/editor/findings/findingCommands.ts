import * as vscode from 'vscode';
import type { Finding } from '../../core/findings/finding.ts';
import { addUser, removeAccess } from '../access/people.ts';
import type { App } from '../app.ts';
import { addMyIp, removeFirewallRule } from '../access/firewall.ts';
import { changeAuthModes } from '../access/modes.ts';
import type { Node } from '../node.ts';
import type { Choice } from '../prompts.ts';
import { listed } from '../targets.ts';
import { rowsBehind, tagsOf } from './findingFixes.ts';
import { findingWords, severityWords } from './findingWords.ts';
import { csvOf, markdownOf } from './findingsReport.ts';

/** What mends a finding first; its menu has what else does. */
export async function fixFinding(app: App, node?: Node): Promise<void> {
  const finding = app.findings.find(node) ?? (await pickOne(app, vscode.l10n.t('Fix what?')));
  if (finding === undefined) return;
  const cluster = app.tree.clusterNode(finding.known.cluster.key);
  const [fix] = tagsOf(finding);
  switch (fix) {
    case 'fixModes':
      return changeAuthModes(app, cluster);
    case 'fixPeople':
      return addUser(app, cluster);
    case 'fixGrants':
      return removeAccess(app, undefined, rowsBehind(finding));
    case 'fixRules':
      return removeFirewallRule(app, undefined, rowsBehind(finding));
    case 'fixAddresses':
      return addMyIp(app, cluster);
    case 'fixOutside': {
      const { key } = finding.known.cluster;
      await vscode.commands.executeCommand('cosmosEntra.openInPortal', {
        kind: 'finding',
        key,
        id: finding.id,
      });
    }
  }
}

/** Asks why, and for how long: what nobody gave a reason for is not ignored. */
export async function ignoreFinding(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const rows = (selected ?? (node === undefined ? [] : [node])).flatMap(
    (row) => app.findings.find(row) ?? [],
  );
  const one = rows.length > 0 ? undefined : await pickOne(app, vscode.l10n.t('Ignore what?'));
  const findings = one === undefined ? rows : [one];
  const [first] = findings;
  if (first === undefined) return;
  const what =
    findings.length === 1
      ? `${first.known.cluster.name}: ${findingWords(first)}`
      : vscode.l10n.t('{0} findings', findings.length);
  const reason = await app.prompts.type({
    title: vscode.l10n.t('Ignore {0}', what),
    question: vscode.l10n.t('Why is that in order? The reason is kept, and is in every report'),
    problem: (text) =>
      text.trim() === '' ? vscode.l10n.t('A reason, so that others understand') : undefined,
  });
  if (reason === undefined) return;
  const choices: Choice<number | 'ever'>[] = [
    { label: vscode.l10n.t('For 30 days'), value: 30 },
    { label: vscode.l10n.t('For 90 days'), value: 90 },
    { label: vscode.l10n.t('For ever'), value: 'ever' },
  ];
  const days = await app.prompts.pick(choices, vscode.l10n.t('For how long?'));
  if (days === undefined) return;
  // Who decides is who sees it.
  if (app.tree.cluster(first.known.cluster.key) === undefined) {
    const text = vscode.l10n.t(
      '{0} is not listed any more: nothing was done. Refresh the clusters; if it is gone, there is nothing left to mend.',
      first.known.cluster.name,
    );
    await app.prompts.tell('error', text, []);
    return;
  }
  app.findings.ledger.ignore(findings, reason.trim(), days === 'ever' ? undefined : days);
  app.findings.refresh();
}

export async function stopIgnoringFinding(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const { ledger } = app.findings;
  const rows = (selected ?? (node === undefined ? [] : [node])).flatMap(
    (row) => app.findings.find(row) ?? [],
  );
  const { ignored } = ledger;
  const given = rows.filter(({ id }) => ignored.has(id)).map(({ id }) => id);
  const chosen = given.length > 0 ? given : await pickIgnored(app);
  if (chosen === undefined) return;
  ledger.stopIgnoring(chosen);
  app.findings.refresh();
}

/** What is ignored of clusters that are not listed now is in the list as well. */
async function pickIgnored(app: App): Promise<readonly string[] | undefined> {
  const all = [...app.findings.ledger.ignored.values()];
  if (all.length === 0) {
    await app.prompts.tell('information', vscode.l10n.t('Nothing is ignored.'), []);
    return undefined;
  }
  const found = new Map(app.findings.seen.ignored.map(([finding]) => [finding.id, finding]));
  return app.prompts.pickMany(
    all.map((ignored) => {
      const finding = found.get(ignored.id);
      return {
        label: ignored.clusterName,
        ...(finding === undefined ? {} : { description: findingWords(finding) }),
        detail: `${ignored.reason} · ${ignored.by}`,
        value: ignored.id,
      };
    }),
    vscode.l10n.t('Look at what again?'),
  );
}

/** Looks at every cluster anew, now; a view says how far it is. */
export async function lookAgain(app: App): Promise<void> {
  await listed(app);
  app.azure().directory.forget();
  await app.azure().lookout.lookAgain();
  app.findings.refresh();
}

export async function copyFindings(app: App): Promise<void> {
  if (await isEmpty(app)) return;
  await vscode.env.clipboard.writeText(markdownOf(app.findings));
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
}

export async function exportFindings(app: App): Promise<void> {
  if (await isEmpty(app)) return;
  const target = await app.prompts.save(`findings-${new Date().toISOString().slice(0, 10)}.csv`);
  if (target === undefined) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(await csvOf(app.findings)));
  const show = vscode.l10n.t('Open');
  const told = vscode.l10n.t('The findings are in {0}.', target.fsPath);
  if ((await app.prompts.tell('information', told, [show])) === show)
    await vscode.window.showTextDocument(target);
}

async function pickOne(app: App, question: string): Promise<Finding | undefined> {
  if (await isEmpty(app)) return undefined;
  return app.prompts.pick(
    app.findings.seen.open.map((finding) => ({
      label: finding.known.cluster.name,
      description: findingWords(finding),
      detail: severityWords(finding.severity),
      value: finding,
    })),
    question,
  );
}

async function isEmpty(app: App): Promise<boolean> {
  await listed(app);
  const { open, ignored, gaps } = app.findings.seen;
  if (open.length + ignored.length + gaps.length > 0) return false;
  const look = vscode.l10n.t('Look Again');
  const hasClusters = app.azure().lookout.known.length > 0;
  const text = hasClusters
    ? vscode.l10n.t('There are no findings.')
    : vscode.l10n.t('No cluster is listed, so nothing was looked at. The Clusters view says why.');
  const pressed = await app.prompts.tell('information', text, [look]);
  if (pressed === look) await lookAgain(app);
  return true;
}
