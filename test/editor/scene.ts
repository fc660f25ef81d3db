import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { App } from '../../src/editor/app.ts';
import type { FindingNode, TreeNode } from '../../src/editor/node.ts';
import { eventually } from './eventually.ts';
import type { Staged } from './extension.ts';
import { resetAzure } from './localAzure.ts';
import { paint, rowOf } from './painting.ts';
import type { Row } from './painting.ts';
import type { Sent, Stage } from './stage.ts';

/** The extension in its editor, as each test finds it: nobody signed in, nothing chosen, Azure in good order. */
export interface Scene {
  readonly app: App;
  readonly stage: Stage;
  readonly findingsView: vscode.TreeView<FindingNode>;
  readonly context: vscode.ExtensionContext;
  /** These people are signed in, and all that they can list is listed. */
  enter(...people: readonly string[]): Promise<void>;
  /** Runs a command of the extension's, as a menu or the palette does. */
  run(name: string, ...rest: readonly unknown[]): Promise<void>;
  /** What Enter on a row does. */
  press(row: Row): Promise<void>;
  paint(open?: (row: Row) => boolean): Promise<readonly Row[]>;
  below(row: Row): Promise<readonly Row[]>;
  /** Everything below a row, or all there is, when every database that is asked who is in it has answered. */
  whole(row?: Row): Promise<readonly Row[]>;
  /** The row that these labels lead to. */
  at(...labels: readonly string[]): Promise<Row>;
  /** The row of a cluster, wherever it stands, or the one that labels lead to from there. */
  cluster(name: string, ...labels: readonly string[]): Promise<Row>;
  /** The row as it looks now. */
  again(row: Row): Row;
  /** Nothing that was painted waits for an answer any more. */
  settled(): Promise<void>;
  /** What VS Code is told to paint anew because of this; undefined stands for everything. */
  repainted(act: () => Promise<unknown>): Promise<readonly (readonly TreeNode[] | undefined)[]>;
  /** The requests of this test to these paths. */
  requests(path: RegExp): readonly Sent[];
}

/** Sets the scene before each test of a `describe`, and looks after each that nothing is left over. */
export function onScene(): Scene {
  let staged: Staged | undefined;
  const there = (): Staged => {
    assert.ok(staged !== undefined, 'the scene is set when a test begins');
    return staged;
  };

  before(async () => {
    const extension = vscode.extensions.getExtension<Staged>('cosmos-entra.cosmos-entra');
    assert.ok(extension !== undefined);
    staged = await extension.activate();
  });
  beforeEach(() => reset(there()));
  afterEach(function () {
    if (this.currentTest?.state === 'failed') return;
    const { app, stage } = there();
    assert.deepEqual([...stage.answers, ...stage.signInErrors], [], 'answers that nobody asked for');
    assert.deepEqual(app.azure().changes.all, [], 'changes that nobody waited for');
    const ids = (isStart: boolean): readonly string[] =>
      stage.audited
        .flatMap((line) =>
          line.event === 'change' && (line.outcome === 'started') === isStart ? [line.id] : [],
        )
        .toSorted();
    assert.deepEqual(ids(true), ids(false), 'changes of which the record knows no end, or no beginning');
  });

  const followed = async (labels: readonly string[], from?: Row): Promise<Row> => {
    let found = from;
    for (const label of labels) {
      const nodes: readonly TreeNode[] = await scene.app.tree.getChildren(found?.node);
      const depth = found === undefined ? 0 : found.depth + 1;
      const rows = nodes.map((node) => rowOf(scene.app.tree, node, depth));
      found = rows.find((row) => row.label === label);
      assert.ok(found !== undefined, `no row "${label}" among: ${rows.map((row) => row.label).join(', ')}`);
    }
    assert.ok(found !== undefined);
    return found;
  };

  const scene: Scene = {
    get app() {
      return there().app;
    },
    get stage() {
      return there().stage;
    },
    get findingsView() {
      return there().findingsView;
    },
    get context() {
      return there().context;
    },

    async enter(...people) {
      scene.stage.people.push(...people);
      await scene.run('refresh');
      await scene.settled();
    },

    async run(name, ...rest) {
      await vscode.commands.executeCommand(`cosmosEntra.${name}`, ...rest);
      assert.deepEqual(scene.stage.mistakes, []);
    },

    async press({ item: { command } }) {
      assert.ok(command !== undefined, 'Enter does nothing on this row');
      await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
      assert.deepEqual(scene.stage.mistakes, []);
    },

    paint: (open) => paint(scene.app.tree, open),
    below: (row) => paint(scene.app.tree, undefined, row),
    whole: (row) =>
      eventually(async () => {
        const rows = await paint(scene.app.tree, () => true, row);
        const asking = rows.filter(({ node }) => node.kind === 'note' && node.note === 'askingDatabase');
        assert.equal(asking.length, 0, 'databases that have not answered yet');
        const { tree } = scene.app;
        for (const { node } of rows) {
          const cluster = node.kind === 'grant' ? tree.cluster(node.key) : undefined;
          if (cluster !== undefined)
            assert.ok((await tree.lists.of(cluster)).names !== undefined, 'names that have not come yet');
        }
        return rows;
      }),

    at: (...labels) => followed(labels),

    cluster(name, ...labels) {
      const { tree, azure } = scene.app;
      const known = azure().discovery.tenants.flatMap(({ clusters }) => clusters);
      const found = known.find((cluster) => cluster.name === name);
      assert.ok(
        found !== undefined,
        `no cluster "${name}" among: ${known.map((one) => one.name).join(', ')}`,
      );
      return followed(labels, rowOf(tree, tree.clusterNode(found.key)));
    },

    again: ({ node, depth }) => rowOf(scene.app.tree, node, depth),

    async settled() {
      await scene.paint();
      await eventually(() => {
        const { accounts, tenants } = scene.app.azure().discovery;
        const waiting = tenants
          .flatMap((tenant) => scene.app.tree.matching(tenant))
          .filter(({ read, modes }) => read === 'no' && [modes.entra, modes.native].includes('unknown'));
        assert.deepEqual(
          waiting.map(({ name }) => name),
          [],
        );
        assert.ok([...accounts, ...tenants].every(({ state }) => state !== 'listing'));
      });
    },

    async repainted(act) {
      const told: (readonly TreeNode[] | undefined)[] = [];
      const listening = scene.app.tree.onDidChangeTreeData((nodes) => told.push(nodes));
      /** Paintings are gathered for a moment before VS Code hears of them. */
      const calm = async (): Promise<void> => {
        for (let heard = -1; heard !== told.length;) {
          heard = told.length;
          await sleep(100);
        }
      };
      await calm();
      told.length = 0;
      await act();
      await calm();
      listening.dispose();
      return told;
    },

    requests: (path) => scene.stage.requests.filter((sent) => path.test(sent.path)),
  };
  return scene;
}

/** The cloud of the settings, as it was when the suite began. */
export const customCloud: Readonly<Record<string, unknown>> = vscode.workspace
  .getConfiguration('cosmosEntra')
  .get('customCloud', {});

const echoService: unknown = vscode.workspace.getConfiguration('cosmosEntra').get('firewall.echoService');

export async function setting(name: string, value: unknown): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cosmosEntra');
  await settings.update(name, value, vscode.ConfigurationTarget.Global);
}

/** A cloud that nobody has looked at yet, as when a window opens. */
export async function unseen(): Promise<void> {
  // The same place, spelled otherwise.
  await setting('customCloud', { ...customCloud, portal: `${String(customCloud['portal'])}/` });
}

/** What was seen in the editor's memory: now and then it has a key in the next moment only. */
const everKept = new Set<string>();

async function reset({ app, stage, context }: Staged): Promise<void> {
  await resetAzure();
  if (vscode.window.tabGroups.all.some(({ tabs }) => tabs.length > 0))
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  // A view that nobody sees asks for nothing: what is painted is painted by the test.
  if (app.view.visible) await vscode.commands.executeCommand('workbench.view.explorer');
  const settings = vscode.workspace.getConfiguration('cosmosEntra');
  if (settings.inspect('clusters.groupBy')?.globalValue !== undefined)
    await setting('clusters.groupBy', undefined);
  if (JSON.stringify(settings.get('customCloud')) !== JSON.stringify(customCloud))
    await setting('customCloud', customCloud);
  if (settings.get('applicationId') !== '') await setting('applicationId', undefined);
  if (settings.get('mongosh.path') !== '') await setting('mongosh.path', undefined);
  app.shells.keepOnly([]);
  if (settings.get('firewall.echoService') !== echoService)
    await setting('firewall.echoService', echoService);

  stage.answers.length = 0;
  stage.meanwhile.length = 0;
  stage.people.length = 0;
  stage.others.length = 0;
  stage.signInsHeld.length = 0;
  stage.signInErrors.length = 0;
  stage.mistakes.length = 0;
  stage.trust.isGiven = true;
  stage.secondFactors.clear();
  stage.proves.clear();

  // Whoever was asked for a token has it before tokens are forgotten.
  app.azure().discovery.cancel();
  await eventually(() => assert.equal(stage.asking.size, 0));
  const { discovery, tokens, directory, database, permissions, changes } = app.azure();
  await eventually(() => assert.deepEqual(changes.all, []));
  await database.forget();
  for (const { key } of app.sessions.entries) app.sessions.remove(key);
  tokens.forget();
  directory.forget();
  permissions.forget();
  app.tree.forgetAccess();
  await vscode.commands.executeCommand('cosmosEntra.clearFilter');
  await discovery.refresh();
  for (const key of context.globalState.keys()) everKept.add(key);
  for (const key of everKept) app.store.set(key, undefined);
  for (const key of context.workspaceState.keys()) await context.workspaceState.update(key, undefined);

  stage.heard.length = 0;
  stage.offers.length = 0;
  stage.tokens.clear();
  stage.logged.length = 0;
  stage.audited.length = 0;
  stage.secrets.clear();
  stage.requests.length = 0;
  stage.opened.length = 0;
}
