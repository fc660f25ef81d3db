import assert from 'node:assert/strict';
import { marked } from 'marked';
import * as vscode from 'vscode';
import { eventually } from './eventually.ts';
import { clusterId, fault, refusal } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

const kai = 'kai@contoso.com';

describe('the command', () => {
  const scene = onScene();
  beforeEach(() => vscode.env.clipboard.writeText(''));
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  /** The explanation on the screen, once it says this. */
  const explained = (what: RegExp): Promise<string> =>
    eventually(() => {
      const document = vscode.window.activeTextEditor?.document;
      assert.equal(document?.uri.scheme, 'cosmos-entra-explanation');
      assert.match(document.getText(), what);
      return document.getText();
    });
  const buttons = async (): Promise<readonly vscode.Command[]> => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
      10,
    );
    return lenses.flatMap(({ command }) => command ?? []);
  };
  const open = async (content: string): Promise<vscode.TextEditor> =>
    vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));

  describe('explainError', () => {
    it('asks for a text where nothing is to be had, signed in or not, and says what it means', async () => {
      scene.stage.answers.push(
        '  ',
        'MongoServerError: No. {ok: 0, code: 18, codeName: "AuthenticationFailed"}',
      );
      await scene.run('explainError');
      assert.deepEqual(scene.stage.heard, [
        'Explain an Error: Paste the message, or all that the program wrote. It stays on this machine.',
        '! Paste a text first.',
      ]);
      const text = await explained(/does not take your sign-in \(code 18\)/);
      assert.match(text, /^# The cluster does not let you in \(18\)$/m);
      assert.match(text, /^Waiting does not help\. An administrator of the cluster can fix it\.$/m);
      assert.match(text, /^MongoDB on this: https:\/\/\S+$/m);
      assert.deepEqual(
        (await buttons()).map(({ title, command }) => [title, command]),
        [['Add Me…', 'cosmosEntra.addMe']],
      );
      assert.deepEqual(scene.requests(/./), []);
    });

    it('cannot be written to, and opens nothing when nobody answers', async () => {
      scene.stage.answers.push(dismiss);
      await scene.run('explainError');
      assert.equal(vscode.window.activeTextEditor, undefined);

      scene.stage.answers.push('AADSTS50076');
      await scene.run('explainError');
      const before = await explained(/second factor/);
      await vscode.commands.executeCommand('type', { text: 'typed' });
      const document = vscode.window.visibleTextEditors.at(0)?.document;
      assert.deepEqual([document?.getText(), document?.languageId], [before, 'markdown']);
    });

    it('offers the clipboard where an error is in it, and explains several, the cause first', async () => {
      const application = 'c0a70500-0000-4000-8000-0000000000ab';
      await vscode.env.clipboard.writeText(
        `MongoServerSelectionError: Server selection timed out\nAADSTS700016: Application with identifier '${application}' was not found`,
      );
      scene.stage.answers.push('The Text in the Clipboard');
      await scene.run('explainError');
      assert.deepEqual(
        scene.stage.offers.at(0)?.map(({ label, description }) => [label, description]),
        [
          ['The Text in the Clipboard', 'AADSTS700016, server selection'],
          ['Another Text…', undefined],
        ],
      );
      const text = await explained(/^# 2 errors, explained$/m);
      assert.ok(text.indexOf('## AADSTS700016') < text.indexOf('## server selection'));
      assert.match(text, new RegExp(`^- Application id: \`${application}\`$`, 'm'));
      assert.deepEqual(
        (await buttons()).map(({ command }) => command),
        ['cosmosEntra.openSettings', 'cosmosEntra.addMyIp'],
      );
    });

    it('offers the selection in the editor, and another text beside it', async () => {
      const editor = await open('before\nFATAL:  password authentication failed for user "kai"\nafter');
      editor.selection = new vscode.Selection(1, 0, 2, 0);
      scene.stage.answers.push('The Selection in the Editor');
      await scene.run('explainError');
      assert.match(await explained(/^# 28P01: /m), /You can fix it yourself/);

      await vscode.window.showTextDocument(editor.document);
      scene.stage.answers.push('Another Text…', 'connect ECONNREFUSED 203.0.113.9:10260');
      await scene.run('explainError');
      const text = await explained(/^# ECONNREFUSED: 203\.0\.113\.9:10260 refuses the connection$/m);
      assert.match(text, /^Nothing takes connections at 203\.0\.113\.9:10260 \(ECONNREFUSED\)\. /m);
    });

    it('says of what is not known that it is not, with the code and where to look', async () => {
      scene.stage.answers.push('AADSTS999999: What nobody has seen');
      await scene.run('explainError');
      assert.match(
        await explained(/nothing more about this code/),
        /https:\/\/login\.microsoftonline\.com\/error\?code=999999/,
      );
      scene.stage.answers.push('it just does not work');
      await scene.run('explainError');
      assert.match(await explained(/^# No error that is known here$/m), /it just does not work/);
      assert.deepEqual(await buttons(), []);
    });

    it('offers to ask for access where an administrator has to give it', async () => {
      scene.stage.answers.push('MongoServerError: not authorized {code: 13, codeName: "Unauthorized"}');
      await scene.run('explainError');
      await explained(/An administrator of the cluster can fix it\./);
      assert.deepEqual(
        (await buttons()).map(({ command }) => command),
        ['cosmosEntra.askForAccess'],
      );
    });

    it('says that a pasted token is one, and shows nothing of it', async () => {
      const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ oid: 'kai', exp: 1 })}.c2lnbmF0dXJl`;
      scene.stage.answers.push(`AADSTS500011 Authorization: Bearer ${token}`);
      await scene.run('explainError');
      const text = await explained(/^Careful: there is a token in this text\./m);
      assert.ok(!text.includes(token.slice(0, 24)));
      assert.ok(!scene.stage.logged.join('\n').includes(token.slice(0, 24)));
    });

    it('names what the text names as it is: nothing in it is a link or a picture', async () => {
      scene.stage.answers.push(
        'AADSTS50020: tenant "![x](https://example.com/x) [Win](command:workbench.action.quit) `<b>"',
      );
      await scene.run('explainError');
      const text = await explained(/AADSTS50020/);
      const marks: string[] = [];
      void marked.walkTokens(marked.lexer(text), ({ type, raw }) => {
        if (['image', 'html', 'link'].includes(type)) marks.push(raw);
      });
      assert.doesNotMatch(marks.join('\n'), /example\.com|command:|<b>/);
      assert.ok(text.includes('command:workbench.action.quit'), text);
    });

    it('reads the beginning of a text that is very long, and says so', async () => {
      scene.stage.answers.push('AADSTS50105 '.repeat(1_000_000));
      await scene.run('explainError');
      const text = await explained(/^This text is long: only its first 100000 characters were read\./m);
      assert.match(text, /AADSTS50105/);
      assert.ok(text.length < 10_000);
    });

    it('explains the failure of a row, asks nothing, and its button acts on that row', async () => {
      await scene.enter(kai);
      await fault({
        fault: refusal(403, 'AuthorizationFailed', "Kai may not perform action 'a/b/read'."),
        path: `${clusterId('orders-eu')}/firewallRules$`,
        times: 0,
      });
      const [row] = await scene.below(await scene.at('Contoso', 'Production', 'orders-eu', 'Firewall'));
      assert.ok(row?.node.kind === 'failure');
      await scene.run('explainError', row.node);
      assert.deepEqual(scene.stage.heard, []);
      const text = await explained(/^# Not allowed \(AuthorizationFailed\)$/m);
      assert.match(text, /as its Owner or Contributor, can fix it/);
      assert.match(text, /^- Action: `a\/b\/read`$/m);
    });

    it('explains a tenant that fails, and signs in to that one', async () => {
      await scene.enter(kai);
      const { node } = await scene.at('Tailspin Toys');
      await scene.run('explainError', node);
      await explained(/^# Needs you to sign in$/m);
      const [button] = await buttons();
      assert.equal(button?.command, 'cosmosEntra.signInToTenant');
      assert.deepEqual(button.arguments, [node]);
    });
  });
});
