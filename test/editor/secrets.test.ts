import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from './eventually.ts';
import { changingOn, kai, swift } from './changing.ts';
import { answer, armHost, behave, fault, refusal, resourceGraph } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

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

/** What opens a door, and what local Azure has beside what it shows. */
describe('a secret', () => {
  const scene = onScene();
  const { does, grant, record } = changingOn(scene);
  const password = 'Correct-Horse-9-Battery';

  it('is in nothing that a change leaves behind: no log, no record, no message, no clipboard', async () => {
    await swift();
    await behave({ nativeNeedsPassword: true });
    await scene.enter(kai);
    const orders = await scene.cluster('orders-eu');
    await does('addUser', orders, ['rob', 'Robin Reyes'], 'Read only', 'Add');
    await does('removeAccess', await grant('orders-eu', 'Robin Reyes'), 'Copy as…', 'mongosh', 'Remove');
    const copied: string[] = [await vscode.env.clipboard.readText()];
    for (const format of ['Azure CLI (bash)', 'REST', 'Bicep', 'Terraform']) {
      await does('changeAuthModes', orders, 'Entra + password', password, 'Copy as…', format, dismiss);
      copied.push(await vscode.env.clipboard.readText());
    }
    // A service that repeats what it was sent: the token, and the password.
    const echo = [...scene.stage.tokens].at(-1) ?? '';
    const repeated = `Cannot take {"userName":"dbadmin","password":"${password}"} with Bearer ${echo}`;
    await fault({ fault: refusal(400, 'Echo', repeated), method: 'PATCH', path: '/orders-eu$' });
    await does('changeAuthModes', orders, 'Entra + password', password, 'Change', 'Retry');
    await fault({
      fault: { kind: 'failedOperation', code: 'Echo', message: `password=${password}; ${echo}` },
      method: 'PATCH',
      path: '/carts-eu$',
    });
    await does('changeAuthModes', await scene.cluster('carts-eu'), 'Entra only', 'Change', dismiss);
    await scene.app.audit.flush();
    assert.deepEqual(
      record().filter((line) => !line.endsWith('started')),
      [
        'orders-eu addGrant Robin Reyes readOnly done',
        'orders-eu removeGrant Robin Reyes readOnly done',
        'orders-eu setModes entra native failed (service)',
        'orders-eu setModes entra native done',
        'carts-eu setModes entra failed (operationFailed)',
      ],
    );

    const { heard, offers, audited, logged, secrets, tokens } = scene.stage;
    assert.ok(
      heard.some((text) => text.includes('Cannot take')),
      'what Azure said is said',
    );
    const files = scene.context.globalStorageUri.fsPath;
    const texts = [
      JSON.stringify([heard, offers, audited]),
      logged.join('\n'),
      ...copied,
      await readFile(join(files, 'audit', `audit-${new Date().toISOString().slice(0, 10)}.jsonl`), 'utf8'),
      await readFile(join(scene.context.logUri.fsPath, 'Cosmos Entra.log'), 'utf8'),
      await readFile(join(scene.context.logUri.fsPath, 'Cosmos Entra Audit.log'), 'utf8'),
      JSON.stringify(scene.context.globalState.keys().map((key) => scene.context.globalState.get(key))),
      JSON.stringify((await scene.whole()).map(({ item }) => [item.label, item.description, item.tooltip])),
    ];
    assert.deepEqual([...secrets], [password]);
    assert.ok(tokens.size > 3);
    for (const text of texts) {
      assert.ok(!text.includes(password), text.slice(0, 2000));
      assert.doesNotMatch(text, /eyJ[\w-]{20}/);
      // Keys of accounts say in local Azure what they are.
      assert.doesNotMatch(text, /bG9jYWwtYXp1cmUta2V5/);
      for (const token of tokens) assert.ok(!text.includes(token.split('.')[2] ?? token));
    }
  });
});
