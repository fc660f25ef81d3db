import * as vscode from 'vscode';
import { copyOf, formatsFor } from '../../core/access/copyAs.ts';
import type { CopyFormat } from '../../core/access/copyAs.ts';
import type { Change, Step } from '../../core/clusters/change.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { App } from '../app.ts';
import type { Node } from '../node.ts';
import { clusterOf } from '../targets.ts';

/** Changes as text for a script or a template, on the clipboard. No password is in it. */
export function copyAs(
  app: App,
  orders: readonly { readonly cluster: Cluster; readonly change: Change }[],
): Promise<void> {
  return copySteps(
    app,
    orders.flatMap(({ cluster, change }) => kinds[cluster.kind].steps(cluster, change)),
  );
}

async function copySteps({ azure, prompts }: App, steps: readonly Step[]): Promise<void> {
  const format = await prompts.pick(
    formatsFor(steps).map((value) => ({ label: formatWords(value), value })),
    vscode.l10n.t('Copy it as what?'),
  );
  if (format === undefined) return;
  await vscode.env.clipboard.writeText(copyOf(format, steps, azure().cloud));
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
}

/** A grant or a rule as it is, or how a cluster lets people in, for a script or a template. */
export async function copyRowAs(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(
    app,
    node,
    vscode.l10n.t('Copy the authentication modes of which cluster?'),
  );
  if (cluster === undefined) return;
  const change = changeOf(cluster, node);
  if (change !== undefined) {
    const id = node?.kind === 'grant' && node.grant.keptIn === 'resourceManager' ? node.grant.id : undefined;
    const steps = kinds[cluster.kind].steps(cluster, change);
    // What is there has an id already, which another tool may have given it: a new one would be a second grant.
    return copySteps(
      app,
      steps.map((step) => (id !== undefined && step.to === 'resourceManager' ? { ...step, id } : step)),
    );
  }
  const text = vscode.l10n.t('It is not known well enough what this is to be written down.');
  await app.prompts.tell('information', text, []);
}

/** What would make a row true where it is not. */
function changeOf({ modes }: Cluster, node: Node | undefined): Change | undefined {
  if (node?.kind === 'rule') return { what: 'addRule', rule: node.rule };
  if (node?.kind === 'grant') {
    const { holder, roleId, role, keptIn, scope } = node.grant;
    if (holder.state !== 'entra' || roleId === undefined) return undefined;
    const { principal, alias } = holder;
    return {
      what: 'addGrant',
      wanted: { principal, role: { role, id: roleId, keptIn }, scope, alias },
    };
  }
  if (modes.entra === 'unknown' || modes.native === 'unknown') return undefined;
  return { what: 'setModes', entra: modes.entra === 'on', native: modes.native === 'on' };
}

function formatWords(format: CopyFormat): string {
  switch (format) {
    case 'azureCli':
      return vscode.l10n.t('Azure CLI (bash)');
    case 'rest':
      return vscode.l10n.t('REST');
    case 'bicep':
      return vscode.l10n.t('Bicep');
    case 'terraform':
      return vscode.l10n.t('Terraform');
    case 'mongosh':
      return vscode.l10n.t('mongosh');
  }
}
