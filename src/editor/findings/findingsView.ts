import * as vscode from 'vscode';
import type { Store } from '../../core/clusters/discovery.ts';
import type { Finding, Gap } from '../../core/findings/finding.ts';
import { Ledger } from '../../core/findings/ledger.ts';
import type { Ignored } from '../../core/findings/ledger.ts';
import { judge } from '../../core/findings/rules.ts';
import { Failure } from '../../core/failure.ts';
import type { Caller } from '../../core/identity/tokens.ts';
import type { Azure } from '../azure.ts';
import type { FindingNode, Node } from '../node.ts';
import { item } from '../row.ts';
import { backgroundSetting, judgementSetting } from '../settings.ts';
import { tell } from '../status.ts';
import { rowsBehind } from './findingFixes.ts';
import { findingRow, folderRow, gapRow } from './findingRows.ts';

/** What there is to see now. */
interface Seen {
  readonly open: readonly Finding[];
  readonly ignored: readonly (readonly [Finding, Ignored])[];
  readonly gaps: readonly Gap[];
  readonly byId: ReadonlyMap<string, { readonly finding: Finding; readonly ignored: Ignored | undefined }>;
}

const nothing: Seen = { open: [], ignored: [], gaps: [], byId: new Map() };

/** What a person should look at, the worst first, and the count of it on the icon. */
export class FindingsView implements vscode.TreeDataProvider<FindingNode> {
  readonly ledger: Ledger;
  readonly #azure: () => Azure;
  readonly #view: vscode.TreeView<FindingNode>;
  readonly #changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #nodes = new Map<string, FindingNode>();
  #seen: Seen | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: (() => void) | undefined;
  #state: string | undefined;
  /** Nobody has looked at anything before the clusters were listed once. */
  #isListed = false;
  #isListing = false;

  constructor(azure: () => Azure, store: Store, view: vscode.TreeView<FindingNode>) {
    this.#azure = azure;
    this.#view = view;
    this.ledger = new Ledger(store, Date);
    this.#tell('notLooked');
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#looking?.();
    this.#changes.dispose();
  }

  /** More is listed. Looking begins when all is, and not before. */
  listed(): void {
    const { discovery } = this.#azure();
    const { isListing } = discovery;
    const isListed = discovery.accounts.length > 0;
    // Menus and texts change with the end of a list; what comes after it may come by the thousand.
    const isSame = isListing === this.#isListing && isListed === this.#isListed;
    this.#isListing = isListing;
    this.#isListed = isListed;
    if (isSame) this.changed();
    else this.refresh();
    if (backgroundSetting() && !isListing) this.#look();
  }

  /** A change of a cluster ended: what was found there may hold no more. */
  changing(key: string): void {
    const { changes, lookout } = this.#azure();
    if (changes.under(key).length === 0 && (backgroundSetting() || lookout.hasLookedAt(key)))
      lookout.lookAgain(key).catch(() => undefined);
  }

  settingsChanged(): void {
    if (!this.#isListed) return;
    if (!backgroundSetting()) this.#azure().lookout.stop();
    this.listed();
  }

  /** What was listed belongs to nobody any more. */
  forget(): void {
    this.#isListed = false;
    this.refresh();
  }

  /** Paints anew what is there now; many changes in a moment are one painting. */
  changed(): void {
    this.#seen = undefined;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.refresh();
    }, 100);
  }

  refresh(): void {
    this.#seen = undefined;
    this.#show();
    this.#changes.fire(undefined);
  }

  /** What there is now, judged as the settings say. */
  get seen(): Seen {
    return (this.#seen ??= this.#judge());
  }

  getChildren(node?: FindingNode): FindingNode[] | Promise<FindingNode[]> {
    if (node === undefined) return this.#roots();
    if (node.kind !== 'folder') return [];
    const { ignored, gaps } = this.seen;
    return node.folder === 'ignored'
      ? ignored.map(([finding]) => this.#findingNode(finding))
      : gaps.map((gap) =>
          'caller' in gap
            ? this.#once(`${gap.what}:${keyOf(gap.caller)}`, {
                kind: 'tenantGap',
                what: gap.what,
                caller: gap.caller,
              })
            : this.#once(`gap:${gap.what}|${gap.cluster.key}`, {
                kind: 'gap',
                key: gap.cluster.key,
                what: gap.what,
              }),
        );
  }

  getTreeItem(node: FindingNode): vscode.TreeItem {
    const { ignored, gaps } = this.seen;
    switch (node.kind) {
      case 'folder':
        return folderRow(node.folder, node.folder === 'ignored' ? ignored.length : gaps.length);
      case 'gap': {
        const gap = gaps.find(
          (one) => 'cluster' in one && one.what === node.what && one.cluster.key === node.key,
        );
        return gap === undefined ? gone : gapRow(gap, this.tenantName);
      }
      case 'tenantGap': {
        const gap = gaps.find(
          (one) => 'caller' in one && one.what === node.what && keyOf(one.caller) === keyOf(node.caller),
        );
        return gap === undefined ? gone : gapRow(gap, this.tenantName);
      }
      case 'finding': {
        const one = this.seen.byId.get(node.id);
        if (one === undefined) return gone;
        return findingRow(one.finding, this.ledger.since(node.id), one.ignored);
      }
    }
  }

  getParent(): undefined {
    return undefined;
  }

  readonly tenantName = ({ account, tenant }: Caller): string => {
    const { tenants } = this.#azure().discovery;
    const known = tenants.find(({ caller }) => caller.account.id === account.id && caller.tenant === tenant);
    return known?.name ?? tenant;
  };

  /** The finding of a row, ignored or not. */
  find(node: Node | undefined): Finding | undefined {
    return node?.kind === 'finding' ? this.seen.byId.get(node.id)?.finding : undefined;
  }

  /** In place of rows of findings those of the tree that they are about, for the commands of that. */
  rowsOf(
    node: Node | undefined,
    selected: readonly Node[] | undefined,
  ): [Node | undefined, readonly Node[] | undefined] {
    const behind = (one: Node): readonly Node[] => {
      const finding = this.find(one);
      return finding === undefined ? [one] : rowsBehind(finding);
    };
    const rows = selected?.flatMap(behind);
    if (node?.kind !== 'finding') return [node, rows];
    return [behind(node)[0] ?? node, rows ?? behind(node)];
  }

  async #roots(): Promise<FindingNode[]> {
    try {
      await this.#azure().discovery.load();
    } catch {
      // The view of clusters has the row that says why, and what helps.
      return [];
    }
    const { open, ignored, gaps } = this.seen;
    return [
      ...open.map((finding) => this.#findingNode(finding)),
      ...(gaps.length === 0 ? [] : [this.#once('gaps', { kind: 'folder', folder: 'gaps' } as const)]),
      ...(ignored.length === 0
        ? []
        : [this.#once('ignored', { kind: 'folder', folder: 'ignored' } as const)]),
    ];
  }

  #look(): void {
    this.#azure()
      .lookout.look()
      .catch(() => undefined);
  }

  #judge(): Seen {
    if (!this.#isListed) return nothing;
    const { lookout } = this.#azure();
    const { known, gaps } = lookout;
    const all = judge(known, { ...judgementSetting(), now: Date.now() });
    const decided = this.ledger.ignored;
    this.ledger.note(all, known, gaps);
    return {
      open: all.filter(({ id }) => !decided.has(id)),
      ignored: all.flatMap((finding) => {
        const ignored = decided.get(finding.id);
        return ignored === undefined ? [] : [[finding, ignored] as const];
      }),
      gaps,
      byId: new Map(all.map((finding) => [finding.id, { finding, ignored: decided.get(finding.id) }])),
    };
  }

  /** Badge, progress, the words beside the title and the text in place of rows. */
  #show(): void {
    if (!this.#isListed) {
      this.#view.badge = undefined;
      this.#view.description = '';
      this.#showProgress(false);
      this.#tell('notLooked');
      return;
    }
    let azure: Azure;
    try {
      azure = this.#azure();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return;
    }
    const { open, ignored, gaps } = this.seen;
    const { lookout, discovery } = azure;
    const { progress, lookedAt } = lookout;
    const counted = open.filter(({ severity }) => severity !== 'information').length;
    this.#view.badge =
      counted === 0
        ? undefined
        : {
            value: counted,
            // Rows that are there for information are more than the number says.
            tooltip:
              counted === 1
                ? vscode.l10n.t('1 error or warning among the findings')
                : vscode.l10n.t('{0} errors and warnings among the findings', counted),
          };
    const description =
      progress !== undefined
        ? vscode.l10n.t('looking, {0} of {1}', progress.done, progress.all)
        : lookedAt === undefined
          ? undefined
          : vscode.l10n.t('looked at {0}', momentOf(lookedAt));
    if (this.#view.description !== (description ?? '')) this.#view.description = description ?? '';
    const isLooking = progress !== undefined || discovery.isListing;
    if (open.length + ignored.length + gaps.length > 0) this.#tell('some');
    else if (isLooking) this.#tell('looking');
    // Where there is nothing to look at, nothing is in order either.
    else if (lookout.known.length === 0) this.#tell('noClusters');
    else this.#tell(lookedAt === undefined ? 'notLooked' : 'none');
    // Over the number on the icon there would be a clock, for as long as it goes on by itself.
    this.#showProgress(progress?.isWaitedFor === true);
  }

  #showProgress(isLooking: boolean): void {
    if (isLooking === (this.#looking !== undefined)) return;
    this.#looking?.();
    this.#looking = undefined;
    if (!isLooking) return;
    const whole = new Promise<void>((resolve) => (this.#looking = resolve));
    void vscode.window.withProgress({ location: { viewId: 'cosmosEntra.findings' } }, () => whole);
  }

  #tell(state: 'notLooked' | 'looking' | 'noClusters' | 'none' | 'some'): void {
    if (this.#state === state) return;
    this.#state = state;
    tell('findingsState', state);
  }

  #findingNode({ id, known }: Finding): FindingNode {
    const { key } = known.cluster;
    return this.#once(`finding:${key}|${id}`, { kind: 'finding', key, id });
  }

  #once(id: string, fresh: FindingNode): FindingNode {
    const known = this.#nodes.get(id) ?? fresh;
    this.#nodes.set(id, known);
    return known;
  }
}

const gone = item({ id: 'gone', label: '', icon: undefined, tags: [] });

function keyOf({ account, tenant }: Caller): string {
  return JSON.stringify([account.id, tenant]);
}

function momentOf(time: number): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(vscode.env.language, {
    ...(isToday ? {} : { dateStyle: 'short' }),
    timeStyle: 'short',
  });
}
