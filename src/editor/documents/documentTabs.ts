import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { bytesOf, loadBson, readDocument, sameBytes } from '../../core/sessions/bson.ts';
import type { Bson, Doc, Value } from '../../core/sessions/bson.ts';
import {
  insertDocument,
  readOne,
  replaceDocument,
  sameId,
  unwritableIn,
} from '../../core/sessions/documents.ts';
import type { Collection, Replaced } from '../../core/sessions/documents.ts';
import { documentOf, openText } from '../../core/sessions/ejson.ts';
import type { App } from '../app.ts';
import { recorded } from '../audit/dataRecord.ts';
import { messageOf } from '../messages.ts';
import { problemWords } from '../problemWords.ts';
import { waitFor } from '../progress.ts';
import { nameOf } from './previews.ts';
import type { VirtualFile, VirtualFiles } from './virtualFiles.ts';

/** A document in an editor tab. */
interface Tab {
  readonly uri: vscode.Uri;
  readonly at: Collection;
  /** As it was read last; undefined while it is in no database yet. */
  was: { readonly bytes: Uint8Array; readonly id: Value } | undefined;
  /** The text that the database has, which may be saved without a question, and how it is read back. */
  written: { readonly text: string; readonly now: string } | undefined;
  reviewing: Promise<boolean> | undefined;
}

/** The folder of their addresses, by which commands, keys and their language know them. */
const folder = 'cosmos-entra-document';

/** Documents in editor tabs: what is saved there goes to the database when its person has seen what that changes. */
export class DocumentTabs {
  readonly #app: () => App;
  readonly #files: VirtualFiles;
  readonly #written: (at: Collection) => void;
  readonly #tabs = new Map<string, Tab>();

  constructor(app: () => App, files: VirtualFiles, written: (at: Collection) => void) {
    this.#app = app;
    this.#files = files;
    this.#written = written;
  }

  /** Opens a document whole, as the database has it now. */
  async edit(at: Collection, id: Value, name: string): Promise<void> {
    const bson = await loadBson();
    const open = [...this.#tabs.values()].find(
      (tab) =>
        tab.was !== undefined && sameId(bson, tab.was.id, id) && isSame(tab.at, at) && this.#isOpen(tab),
    );
    if (open !== undefined) return show(open.uri);
    const title = vscode.l10n.t('Reading {0}…', name);
    const bytes = await waitFor(title, (signal) => readOne(this.#app().azure().database, at, id, signal));
    if (bytes === undefined) {
      this.#written(at);
      await this.#app().prompts.tell(
        'information',
        vscode.l10n.t('{0} has been deleted meanwhile.', name),
        [],
      );
      return;
    }
    const { text, faithful } = openText(bson, bytes);
    await this.#open(bson, at, { bytes, id }, text, !faithful);
    if (faithful) return;
    await this.#app().prompts.tell(
      'information',
      vscode.l10n.t(
        '{0} can be read here, and not edited: it has something in it that a text or the driver cannot hold, such as a field that is there twice or a type of old.',
        name,
      ),
      [],
    );
  }

  async insert(at: Collection): Promise<void> {
    await this.#open(await loadBson(), at, undefined, '{\n  \n}\n', false);
  }

  /** What a key press or a button saves: the editor hears of it only when the database has it. */
  async save(uri: vscode.Uri | undefined): Promise<void> {
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri?.toString());
    const tab = document === undefined ? undefined : this.#tabs.get(document.uri.path);
    if (document === undefined) return;
    if (tab === undefined) {
      // From before a reload: the editor's own way says what to do.
      await document.save();
      return;
    }
    const text = document.getText();
    // What was typed meanwhile is not what was seen: it stays to be saved.
    if ((await this.#review(tab, text)) && document.getText() === text) await document.save();
  }

  /** The documents of whoever left can be read on, and not be saved. */
  leave(isHere: (accountId: string) => boolean): void {
    for (const [path, { at, uri }] of this.#tabs) {
      if (isHere(at.cluster.caller.account.id)) continue;
      this.#tabs.delete(path);
      this.#files.remove(uri);
    }
  }

  async #open(bson: Bson, at: Collection, was: Tab['was'], text: string, isReadonly: boolean): Promise<void> {
    const file: VirtualFile = {
      text,
      isReadonly,
      problems: (changed) => documentOf(bson, changed).problems,
      save: (changed, asked) => this.#saved(tab, changed, asked),
    };
    const uri = this.#files.add(folder, `${at.collection}.json`, file);
    const tab: Tab = {
      uri,
      at,
      was,
      written: was === undefined ? undefined : { text, now: text },
      reviewing: undefined,
    };
    this.#tabs.set(uri.path, tab);
    await show(uri, was === undefined ? new vscode.Position(1, 2) : undefined);
  }

  #isOpen({ uri }: Tab): boolean {
    return vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
  }

  /** The editor saves: what the database has already, or what it is asked for in another way than ours. */
  async #saved(tab: Tab, text: string, asked: boolean): Promise<string> {
    if (text === tab.written?.text) return tab.written.now;
    if (!asked)
      throw vscode.FileSystemError.NoPermissions(
        vscode.l10n.t(
          'Nothing is written to the database by itself. Save to see what changes, and to write it.',
        ),
      );
    if (await this.#review(tab, text)) return tab.written?.now ?? text;
    throw vscode.FileSystemError.NoPermissions(vscode.l10n.t('Nothing was written to the database.'));
  }

  /** Shows what a text would change, and asks once. Answers whether the database has it now. */
  #review(tab: Tab, text: string): Promise<boolean> {
    return (tab.reviewing ??= this.#reviewed(tab, text).finally(() => (tab.reviewing = undefined)));
  }

  async #reviewed(tab: Tab, text: string): Promise<boolean> {
    const bson = await loadBson();
    const document = this.#meant(bson, tab, text);
    if (document === undefined) return false;
    const bytes = bytesOf(bson, document);
    if (tab.was !== undefined && bytes !== undefined && sameBytes(bytes, tab.was.bytes)) {
      tab.written = { text, now: text };
      return true;
    }
    if (!(await this.#isWanted(bson, tab, document))) return false;
    return this.#write(bson, tab, document, text);
  }

  /** The document that a text means; says why where it means none that can be written. */
  #meant(bson: Bson, tab: Tab, text: string): Doc | undefined {
    // Nobody waits until it is read: whoever corrects the text saves again.
    const refuse = (why: string): undefined =>
      void this.#app().prompts.tell('error', vscode.l10n.t('Nothing was written. {0}', why), []);
    const { value, problems } = documentOf(bson, text);
    if (value === undefined) {
      const [first] = problems.filter(({ weight }) => weight === 'error');
      const line = text.slice(0, first?.start).split('\n').length;
      return refuse(vscode.l10n.t('Line {0}: {1}', line, first === undefined ? '' : problemWords(first)));
    }
    const unwritable = unwritableIn(value);
    if (unwritable !== undefined)
      return refuse(vscode.l10n.t('The driver cannot write this any more: {0}', unwritable.text));
    if (tab.was !== undefined && !sameId(bson, value.get('_id'), tab.was.id))
      return refuse(
        vscode.l10n.t(
          'The _id of a document cannot be changed. Put {0} back; for another _id, insert a new document.',
          nameOf(bson, tab.was.id),
        ),
      );
    return value;
  }

  /** The document as the database has it beside the one in the tab, and the question. */
  async #isWanted(bson: Bson, tab: Tab, document: Doc): Promise<boolean> {
    const { at, was } = tab;
    const place = placeWords(at);
    const write = was === undefined ? vscode.l10n.t('Insert It') : vscode.l10n.t('Write It');
    const before = was === undefined ? '' : openText(bson, was.bytes).text;
    const id = document.get('_id');
    const name = id === undefined ? vscode.l10n.t('new document') : nameOf(bson, id);
    const title = vscode.l10n.t('{0}: in the database ↔ as edited', name);
    return this.#beside(before, tab, title, async () => {
      const answer = await this.#app().prompts.pick(
        [
          { label: write, iconPath: new vscode.ThemeIcon('check'), description: place, value: true },
          { label: vscode.l10n.t('Keep Editing'), iconPath: new vscode.ThemeIcon('edit'), value: false },
        ],
        vscode.l10n.t('Nothing has been written yet'),
        was === undefined
          ? vscode.l10n.t('Insert into {0}', place)
          : vscode.l10n.t('Replace {0} in {1}', name, place),
      );
      return answer === true;
    });
  }

  /** A text beside the tab's own, until the question below is answered. */
  async #beside<T>(left: string, tab: Tab, title: string, ask: () => Promise<T>): Promise<T> {
    const nobody: VirtualFile = {
      text: left,
      isReadonly: true,
      problems: () => [],
      save: () => Promise.reject(vscode.FileSystemError.NoPermissions()),
    };
    const before = this.#files.add('cosmos-entra-document', `${tab.at.collection}.json`, nobody);
    await vscode.commands.executeCommand('vscode.diff', before, tab.uri, title, { preview: true });
    try {
      return await ask();
    } finally {
      await closeDiff(before);
      this.#files.remove(before);
      await show(tab.uri);
    }
  }

  async #write(bson: Bson, tab: Tab, document: Doc, text: string): Promise<boolean> {
    const { database } = this.#app().azure();
    const { at, was } = tab;
    try {
      const title = vscode.l10n.t('Writing to {0}…', placeWords(at));
      if (was === undefined) {
        const bytes = await waitFor(title, (signal) =>
          this.#recorded(at, 'insert', () => insertDocument(database, at, document, signal)),
        );
        this.#keep(bson, tab, bytes, text);
        return true;
      }
      const outcome = await waitFor(title, (signal) =>
        this.#recorded(at, 'update', () => replaceDocument(database, at, was.bytes, document, signal)),
      );
      if (outcome.outcome === 'written') {
        this.#keep(bson, tab, outcome.now, text);
        return true;
      }
      return outcome.outcome === 'gone'
        ? await this.#gone(bson, tab, document, text)
        : await this.#conflict(bson, tab, document, text, outcome.now);
    } catch (error) {
      return this.#failed(bson, tab, document, text, Failure.from(error));
    }
  }

  #recorded<T extends Uint8Array | Replaced>(
    { cluster, database, collection }: Collection,
    command: 'insert' | 'update',
    work: () => Promise<T>,
  ): Promise<T> {
    const what = { from: 'document', command, database, collection, detail: null } as const;
    return recorded(this.#app(), cluster, what, work, (answer) =>
      'outcome' in answer && answer.outcome !== 'written' ? 0 : 1,
    );
  }

  async #failed(bson: Bson, tab: Tab, document: Doc, text: string, failure: Failure): Promise<boolean> {
    if (failure.code === 'cancelled') {
      const said = vscode.l10n.t('Stopped. It may have been written all the same: refresh to see.');
      await this.#app().prompts.tell('information', said, []);
      return false;
    }
    this.#app().log.error(failure);
    const { long, remedy } = messageOf(failure);
    const signIn = vscode.l10n.t('Sign In');
    const retry = vscode.l10n.t('Retry');
    const button = remedy === 'signIn' ? signIn : retry;
    const said = vscode.l10n.t('Nothing was written to {0}. {1}', placeWords(tab.at), long);
    if ((await this.#app().prompts.tell('error', said, [button])) !== button) return false;
    if (button === signIn) await this.#app().azure().database.signIn(tab.at.cluster);
    return this.#write(bson, tab, document, text);
  }

  /** Somebody else has written meanwhile: nothing of theirs is overwritten that nobody has seen. */
  async #conflict(bson: Bson, tab: Tab, document: Doc, text: string, now: Uint8Array): Promise<boolean> {
    const id = tab.was?.id ?? null;
    const look = vscode.l10n.t('Look at the Newer Document');
    const overwrite = vscode.l10n.t('Overwrite It');
    const keep = vscode.l10n.t('Keep Editing');
    const choose = (choices: readonly string[]): Promise<string | undefined> =>
      this.#app().prompts.pick(
        choices.map((label) => ({ label, value: label })),
        vscode.l10n.t('Nothing was overwritten'),
        vscode.l10n.t('{0} was changed by somebody else meanwhile', nameOf(bson, id)),
      );
    let answer = await choose([look, overwrite, keep]);
    if (answer === look) {
      const title = vscode.l10n.t('{0}: newer in the database ↔ as edited', nameOf(bson, id));
      answer = await this.#beside(openText(bson, now).text, tab, title, () => choose([overwrite, keep]));
      // It has been seen: from here on, this is what the tab is compared with.
      tab.was = { bytes: now, id };
    }
    if (answer !== overwrite) return false;
    tab.was = { bytes: now, id };
    return this.#write(bson, tab, document, text);
  }

  async #gone(bson: Bson, tab: Tab, document: Doc, text: string): Promise<boolean> {
    const again = vscode.l10n.t('Insert It Again');
    this.#written(tab.at);
    const answer = await this.#app().prompts.pick(
      [again, vscode.l10n.t('Keep Editing')].map((label) => ({ label, value: label })),
      vscode.l10n.t('Nothing was written'),
      vscode.l10n.t('{0} was deleted by somebody else meanwhile', nameOf(bson, document.get('_id'))),
    );
    if (answer !== again) return false;
    tab.was = undefined;
    return this.#write(bson, tab, document, text);
  }

  /** The database has it: from now on the tab is about that. */
  #keep(bson: Bson, tab: Tab, bytes: Uint8Array, text: string): void {
    const now = openText(bson, bytes).text;
    tab.was = { bytes, id: readDocument(bson, bytes).get('_id') ?? null };
    tab.written = { text, now: means(bson, text, bytes) ? text : now };
    this.#written(tab.at);
    vscode.window.setStatusBarMessage(vscode.l10n.t('Written to {0}', placeWords(tab.at)), 5000);
  }
}

/** Else the database has added to it: an id, the time of its own clock. */
function means(bson: Bson, text: string, bytes: Uint8Array): boolean {
  const { value } = documentOf(bson, text);
  const its = value === undefined ? undefined : bytesOf(bson, value);
  return its !== undefined && sameBytes(its, bytes);
}

async function show(uri: vscode.Uri, at?: vscode.Position): Promise<void> {
  const editor = await vscode.window.showTextDocument(uri, { preview: false });
  if (at !== undefined) editor.selection = new vscode.Selection(at, at);
}

async function closeDiff(left: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(
      ({ input }) =>
        input instanceof vscode.TabInputTextDiff && input.original.toString() === left.toString(),
    );
  await vscode.window.tabGroups.close(tabs);
}

function placeWords({ cluster, database, collection }: Collection): string {
  return `${collection} — ${database} — ${cluster.name}`;
}

function isSame(one: Collection, other: Collection): boolean {
  return (
    one.cluster.key === other.cluster.key &&
    one.database === other.database &&
    one.collection === other.collection
  );
}
