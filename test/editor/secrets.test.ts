import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from './eventually.ts';
import { answer, armHost, fault, refusal, resourceGraph } from './localAzure.ts';
import { onScene } from './scene.ts';

const kai = 'kai@contoso.com';

describe('a token', () => {
  const scene = onScene();

  /** A day on which everything happens that speaks of tokens. */
  const day = async (): Promise<void> => {
    await scene.run('signIn');
    await scene.settled();
    const tailspin = await scene.at('Tailspin Toys');
    await scene.press(tailspin);
    scene.stage.secondFactors.add(kai);
    await scene.press(tailspin);
    await scene.paint(() => true);
    await scene.run('viewJson', (await scene.at('Contoso', 'Production', 'orders-eu')).node);

    // A service that repeats the token it was sent, as some proxies do.
    const echo = [...scene.stage.tokens].at(-1) ?? '';
    await fault({
      fault: refusal(400, 'Echo', `Bad header: Bearer ${echo}`),
      path: '/orders-eu/users$',
      times: 0,
    });
    await fault({
      fault: refusal(400, 'Echo', `https://x.example/?sig=${echo}`),
      path: '/carts-eu$',
      times: 4,
    });
    await scene.run('refreshBranch', (await scene.at('Contoso', 'Production', 'orders-eu', 'Access')).node);
    await scene.paint(() => true);
    await scene.run('refreshCluster', (await scene.at('Contoso', 'Production', 'carts-eu')).node);
    await fault({ fault: { kind: 'expiredToken' }, path: resourceGraph, times: 0 });
    await scene.run('refreshTenant', (await scene.at('Fabrikam')).node);
    await fault({ fault: answer(`{"access_token":"${echo}`), path: '^/tenants$' });
    await scene.run('refresh');
    scene.stage.signInErrors.push(new Error(`AADSTS50173: The grant ${echo} is revoked.`));
    scene.stage.answers.push('Fabrikam');
    await scene.run('signInToTenant');
  };

  /** Whole, and each of its parts that is worth anything; a header is the same for all. */
  const isIn = (text: string): readonly string[] =>
    [...scene.stage.tokens].filter((token) => {
      const [, payload = '', signature = ''] = token.split('.');
      assert.ok(payload.length > 100 && signature.length > 100);
      return text.includes(payload) || text.includes(signature);
    });

  it('is never logged, shown, said or kept', async () => {
    await day();
    scene.stage.answers.push(['Production', 'Staging']);
    await scene.run('chooseSubscriptions');

    const { tokens, logged, heard, offers, opened } = scene.stage;
    assert.ok(tokens.size > 5);
    const told = logged.join('\n');
    assert.match(told, /^token /m);
    assert.match(told, /^error /m);
    const log = await eventually(async () => {
      const written = await readFile(join(scene.context.logUri.fsPath, 'Cosmos Entra.log'), 'utf8');
      assert.ok(written.includes(`${armHost}/tenants 200`));
      assert.ok(written.includes('Failure: '));
      return written;
    });

    const said = JSON.stringify([heard, offers, opened]);
    const shown = (await scene.paint(() => true))
      .map(({ item }) => JSON.stringify([item.label, item.description, item.tooltip, item.id]))
      .join('\n');
    assert.match(shown, /\[token\]/, 'what a service repeated to us came so far, and no farther');
    const documents = vscode.workspace.textDocuments.map(
      (document) => `${document.uri.toString()}\n${document.getText()}`,
    );
    assert.ok(documents.some((text) => text.startsWith('cosmos-entra:')));

    const { globalState, workspaceState } = scene.context;
    const kept = JSON.stringify([
      ...globalState.keys().map((key) => [key, globalState.get(key)]),
      ...workspaceState.keys().map((key) => [key, workspaceState.get(key)]),
      vscode.workspace.getConfiguration('cosmosEntra'),
    ]);
    assert.match(kept, /subscriptions:/);

    for (const text of [told, log, said, shown, kept, ...documents]) {
      assert.deepEqual(isIn(text), []);
      assert.doesNotMatch(text, /eyJ[\w-]{20}/);
    }
  });
});
