import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  answer,
  change,
  clusterId,
  fault,
  found,
  refusal,
  resourceGraph,
  subscriptions,
  wait,
} from './localAzure.ts';
import { eventually } from './eventually.ts';
import type { Row } from './painting.ts';
import { onScene } from './scene.ts';

const kai = 'kai@contoso.com';
/** Is in one tenant only, so that requests come one after the other. */
const alex = 'alex@contoso.com';

describe('every row', () => {
  const scene = onScene();
  const everything = async (): Promise<readonly Row[]> => {
    // What opening finds out, such as that a cluster is gone, is on the rows of the second painting.
    await scene.whole();
    return scene.whole();
  };

  /** Ways to come to rows of every sort there is. */
  const ways: readonly (readonly [string, () => Promise<void>])[] = [
    ['of a good day', () => scene.enter(kai)],
    [
      'of several accounts, after the second factor',
      async () => {
        scene.stage.secondFactors.add(kai);
        await scene.enter(kai, 'lee@fabrikam.com', 'robin@contoso.com');
      },
    ],
    [
      'of a day when nothing can be listed',
      async () => {
        await fault({ fault: wait(3600), path: resourceGraph, times: 0 });
        await fault({ fault: refusal(403, 'Forbidden'), path: subscriptions, times: 0 });
        await scene.enter(kai, 'robin@contoso.com');
      },
    ],
    [
      'of a day when lists break off',
      async () => {
        const page = { data: [found('carts-eu', 'NativeAuth')], $skipToken: 'more' };
        // For the list, and for the refresh after it.
        for (const happens of [answer(page), wait(3600), answer(page), wait(3600)])
          await fault({ fault: happens, path: resourceGraph });
        await fault({ fault: refusal(403, 'Forbidden'), path: subscriptions, times: 0 });
        await scene.enter(alex);
      },
    ],
    [
      'of a day when nothing can be opened',
      async () => {
        await fault({
          fault: refusal(403, 'AuthorizationFailed'),
          path: '/(users|roles|sqlRole[^/]+)$',
          times: 0,
        });
        await fault({
          fault: refusal(403, 'AuthorizationFailed'),
          path: '/(mongoClusters|databaseAccounts)/[^/]+$',
          times: 0,
        });
        await fault({ fault: refusal(403, 'Authorization_RequestDenied'), service: 'graph', times: 0 });
        scene.stage.people.push(kai, 'lee@fabrikam.com');
        await scene.run('refresh');
      },
    ],
    [
      'of databases that let nobody near, or do not run',
      async () => {
        const connectionString = 'mongodb+srv://<user>:<password>@nowhere.mongocluster.azure.test/';
        await change(clusterId('orders-eu'), { properties: { connectionString } });
        await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Stopped' } });
        await scene.enter(kai);
      },
    ],
    [
      'of a day when clusters vanish',
      async () => {
        await fault({
          fault: refusal(404, 'ResourceNotFound'),
          path: '/providers/Microsoft.D[^/]+/[^/]+/[^/]+$',
          times: 0,
        });
        await scene.enter(kai);
      },
    ],
    [
      'of a day when subscriptions of one name cannot be listed',
      async () => {
        const twins = ['Pay-As-You-Go', 'Staging', 'Pay-As-You-Go'].map((displayName, index) => ({
          subscriptionId: `5b5c0000-0000-4000-8000-00000000000${index + 1}`,
          displayName,
          state: 'Enabled',
        }));
        await fault({ fault: answer({ value: twins }), path: subscriptions, times: 0 });
        await fault({ fault: refusal(403, 'Forbidden'), path: resourceGraph, times: 0 });
        await fault({
          fault: refusal(403, 'AuthorizationFailed'),
          path: '^/subscriptions/[^/]+[13]/providers',
          times: 0,
        });
        await scene.enter(kai);
      },
    ],
    [
      'of a filter and of chosen subscriptions that leave nothing',
      async () => {
        await scene.enter(kai);
        scene.stage.answers.push(['Old Sandbox'], 'Entra only');
        await scene.run('chooseSubscriptions');
        await scene.run('filterByAuthMode');
      },
    ],
  ];

  for (const [way, come] of ways)
    it(`${way} is fit for the editor and for whoever reads or hears it`, async () => {
      await come();
      const rows = await everything();
      assert.ok(rows.length > 1 && scene.stage.tokens.size > 0);
      const wrong = [
        ...ids(rows),
        ...rows.flatMap((row) => [...spoken(row), ...icon(row), ...words(row)]),
        ...(await enters(rows)),
        ...(await parents(rows)),
        ...(await kept(rows)),
      ];
      assert.deepEqual(wrong, []);
    });

  /** Each has an id, and no other row has the same: VS Code shows nothing where two have. */
  function ids(rows: readonly Row[]): readonly string[] {
    const all = rows.map(({ item: { id } }) => id ?? '');
    return all.flatMap((id, index) =>
      id === '' ? ['a row without an id'] : all.indexOf(id) === index ? [] : [`twice: ${id}`],
    );
  }

  /** What is expanded or selected stays so over a refresh: rows are the same by their ids. */
  async function kept(rows: readonly Row[]): Promise<readonly string[]> {
    await scene.run('refresh');
    const missing = async (): Promise<readonly string[]> => {
      const after = new Set((await everything()).map(({ item: { id } }) => id));
      return rows.flatMap(({ item: { id } }) =>
        after.delete(id) ? [] : [`not after a refresh: ${id ?? ''}`],
      );
    };
    // Another list may have begun beside this one.
    await eventually(async () => assert.deepEqual(await missing(), []));
    return [];
  }

  /** What is heard is what is read. */
  function spoken({ item, label, description }: Row): readonly string[] {
    const heard = item.accessibilityInformation?.label ?? '';
    return label.trim() !== '' && heard.includes(label) && heard.includes(description)
      ? []
      : [`"${label}" "${description}" is spoken "${heard}"`];
  }

  /** What an icon says is said in words too. */
  function icon(row: Row): readonly string[] {
    const text = `${row.label} ${row.description}`;
    if (row.icon === '' && row.node.kind !== 'fact') return [`no icon: ${text}`];
    return meaningOf(row)?.test(text) === false ? [`the words do not say (${row.icon}): ${text}`] : [];
  }

  function words({ item, label, description, tooltip }: Row): readonly string[] {
    const text = [label, description, tooltip, item.accessibilityInformation?.label].join('\n');
    const noWords = /undefined|null|NaN|\[object|Invalid Date|\{\d\}|function|Symbol\(|eyJ|Bearer/.test(text);
    return noWords || [...scene.stage.tokens].some((token) => text.includes(token))
      ? [`no words: ${text}`]
      : [];
  }

  /** Enter does something that there is. */
  async function enters(rows: readonly Row[]): Promise<readonly string[]> {
    const known = new Set(await vscode.commands.getCommands());
    return rows.flatMap(({ label, item: { command } }) =>
      command === undefined || known.has(command.command) ? [] : [`${label}: Enter runs ${command.command}`],
    );
  }

  /** What can be revealed has the parent under which it is listed, as the very object that is listed there. */
  async function parents(rows: readonly Row[]): Promise<readonly string[]> {
    const wrong: string[] = [];
    const above: Row[] = [];
    for (const row of rows) {
      above[row.depth] = row;
      if (!['account', 'tenant', 'group', 'cluster', 'branch'].includes(row.node.kind)) continue;
      const parent = row.depth === 0 ? undefined : above[row.depth - 1]?.node;
      if (scene.app.tree.getParent(row.node) !== parent) wrong.push(`another parent: ${row.label}`);
      if (!(await scene.app.tree.getChildren(parent)).includes(row.node))
        wrong.push(`another object: ${row.label}`);
    }
    return wrong;
  }
});

/** What must be read, where an icon says it. */
function meaningOf({ icon, node }: Row): RegExp | undefined {
  if (node.kind === 'rule') return icon === 'warning' ? /every address|within Azure/ : /\d+\.\d+/;
  switch (icon) {
    case 'shield':
      return /Entra only/;
    case 'unlock':
      return /Entra \+ (password|keys)/;
    case 'key':
      return node.kind === 'cluster' ? /(Password|Keys) only|Keys, Entra not known/ : /password|a key/;
    case 'circle-slash':
      return /No way in/;
    case 'question':
      return /unknown/;
    case 'robot':
      return /service principal/;
    case 'loading~spin':
      return /…$/;
    case 'warning':
      return /not|needs|wait|Disabled|gone|no longer|allowed|must be|is missing/;
    case 'organization':
      return node.kind === 'grant' ? /group/ : undefined;
    default:
      return undefined;
  }
}
