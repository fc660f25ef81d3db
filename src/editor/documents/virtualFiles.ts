import * as vscode from 'vscode';
import type { QueryProblem } from '../../core/sessions/documentQuery.ts';
import { isSyntax } from '../../core/sessions/json.ts';
import { problemWords } from '../problemWords.ts';

/** Queries and documents in editor tabs: files that are in memory only, under addresses that say nothing. */
export const fileScheme = 'cosmos-entra-documents';

/** A text in an editor tab, and what becomes of it. */
export interface VirtualFile {
  readonly text: string;
  readonly isReadonly: boolean;
  /** What is wrong with such a text. */
  readonly problems: (text: string) => readonly QueryProblem[];
  /** Keeps a text, and answers what has become of it; throws where it does not, and the tab stays as it is. */
  readonly save: (text: string, asked: boolean) => Promise<string>;
}

interface Held {
  file: VirtualFile;
  changed: number;
  /** What it was saved as is not what has become of it: the tab does not show that yet. */
  becameOther: boolean;
}

/** How long a person pauses before their text is looked at. */
const typingPause = 150;

export class VirtualFiles implements vscode.Disposable {
  readonly #held = new Map<string, Held>();
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #diagnostics = vscode.languages.createDiagnosticCollection('cosmosEntra.documents');
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** The tabs whose saving nobody asked for: the editor saves them by itself. */
  readonly #unasked = new Set<string>();
  readonly #listeners: readonly vscode.Disposable[];
  /** Of a tab of before a reload the address is taken. */
  #last = Date.now();

  readonly onDidChangeFile = this.#changes.event;

  constructor() {
    this.#listeners = [
      vscode.workspace.onDidOpenTextDocument((document) => this.#check(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme !== fileScheme) return;
        const key = document.uri.path;
        clearTimeout(this.#timers.get(key));
        this.#timers.set(
          key,
          setTimeout(() => this.#check(document), typingPause),
        );
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme !== fileScheme) return;
        this.#diagnostics.delete(uri);
        // A document is closed for a moment when its language changes.
        setTimeout(() => this.#forget(uri), 1000).unref();
      }),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        const held = uri.scheme === fileScheme ? this.#held.get(uri.path) : undefined;
        // A tab takes a change over only once it counts as saved.
        if (held?.becameOther === true) this.change(uri, held.file);
      }),
      vscode.workspace.onWillSaveTextDocument(({ document: { uri }, reason }) => {
        if (uri.scheme !== fileScheme) return;
        if (reason === vscode.TextDocumentSaveReason.Manual) this.#unasked.delete(uri.path);
        else this.#unasked.add(uri.path);
      }),
    ];
  }

  /** A new file; its folder tells what it is, its name goes to the tab. */
  add(folder: string, name: string, file: VirtualFile): vscode.Uri {
    const number = ++this.#last;
    const safe = name.replaceAll(/[/\\?#%]|[^\S ]/g, '_');
    const uri = vscode.Uri.from({ scheme: fileScheme, path: `/${folder}/${number}/${safe}` });
    this.#held.set(uri.path, { file, changed: Date.now(), becameOther: false });
    return uri;
  }

  /** The file is another now, under the same address. */
  change(uri: vscode.Uri, file: VirtualFile): void {
    const known = this.#held.get(uri.path);
    const changed = Math.max(Date.now(), (known?.changed ?? 0) + 1);
    this.#held.set(uri.path, { file, changed, becameOther: false });
    this.#changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  of(uri: vscode.Uri): VirtualFile | undefined {
    return this.#held.get(uri.path)?.file;
  }

  remove(uri: vscode.Uri): void {
    this.#held.delete(uri.path);
    this.#diagnostics.delete(uri);
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const held = this.#held.get(uri.path);
    const { text, isReadonly } = held?.file ?? { text: lost(uri), isReadonly: true };
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: held?.changed ?? 0,
      size: Buffer.byteLength(text),
      ...(isReadonly ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return Buffer.from(this.of(uri)?.text ?? lost(uri));
  }

  async writeFile(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
    const file = this.of(uri);
    if (file === undefined) throw vscode.FileSystemError.NoPermissions(lostWords());
    const text = new TextDecoder().decode(bytes);
    const kept = await file.save(text, !this.#unasked.has(uri.path));
    const held = this.#held.get(uri.path);
    if (held === undefined) return;
    held.changed = Math.max(Date.now(), held.changed + 1);
    held.file = { ...held.file, text: kept };
    held.becameOther = kept !== text;
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const listener of this.#listeners) listener.dispose();
    this.#diagnostics.dispose();
    this.#changes.dispose();
  }

  #check(document: vscode.TextDocument): void {
    const file = document.uri.scheme === fileScheme ? this.of(document.uri) : undefined;
    if (file === undefined || document.isClosed) return;
    // The editor knows JSON itself, where nobody has switched that off.
    const knowsJson =
      document.languageId === 'json' &&
      vscode.extensions.getExtension('vscode.json-language-features') !== undefined;
    const found = file.isReadonly ? [] : file.problems(document.getText());
    const problems = found.filter(({ code }) => !knowsJson || !isSyntax(code));
    this.#diagnostics.set(
      document.uri,
      problems.map((problem) => {
        const { start, end, weight } = problem;
        const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
        const { Error, Warning } = vscode.DiagnosticSeverity;
        const diagnostic = new vscode.Diagnostic(
          range,
          problemWords(problem),
          weight === 'error' ? Error : Warning,
        );
        diagnostic.source = 'Cosmos Entra';
        return diagnostic;
      }),
    );
  }

  #forget(uri: vscode.Uri): void {
    const isOpen = vscode.workspace.textDocuments.some((one) => one.uri.toString() === uri.toString());
    if (!isOpen) this.#held.delete(uri.path);
  }
}

/** What a tab shows whose file was forgotten with a reload; of JSON a string, which is JSON too. */
function lost({ path }: vscode.Uri): string {
  if (path.endsWith('.md'))
    return vscode.l10n.t(
      'This was open before the window was reloaded, and is not known any more. It can be made again.',
    );
  return `${JSON.stringify(lostWords())}\n`;
}

function lostWords(): string {
  return vscode.l10n.t(
    'This was open before the window was reloaded, and cannot be saved from here. Open it again from its collection; what you changed can be copied over.',
  );
}
