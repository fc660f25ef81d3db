import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import type { Failure } from '../../core/failure.ts';
import { completionAt } from '../../core/playground/language/completion.ts';
import type { Completion } from '../../core/playground/language/completion.ts';
import { helpAt, signatureAt } from '../../core/playground/language/help.ts';
import type { Names } from '../../core/playground/language/names.ts';
import { helpOn, linkOf, methodOf } from '../../core/playground/language/reference.ts';
import type { Reference, Topic } from '../../core/playground/language/reference.ts';
import { typesOf } from '../../core/playground/language/suggestions.ts';
import type { Suggestion } from '../../core/playground/language/suggestions.ts';
import { playgroundFiles as selector } from './files.ts';
import { markSyntax } from './syntaxMarks.ts';

/** What help while writing needs to know of the playgrounds that are open. */
export interface Playgrounds {
  /** Where a playground runs. */
  bindingOf(
    document: vscode.TextDocument,
  ): { readonly cluster: Cluster; readonly database: string } | undefined;
  names(cluster: Cluster): Names;
  /** Where the extension's own files are. */
  readonly folder: vscode.Uri;
}

/** Brackets are none: Enter behind one would take what is offered first. */
const triggers = ['.', "'", '"', '$', ' '];

/** Where nobody said where a script runs, it runs nowhere yet, in the database where mongosh begins. */
const nowhere: Names = {
  databases: () => Promise.resolve([]),
  collections: () => Promise.resolve([]),
  fields: () => Promise.resolve([]),
};
const firstDatabase = 'test';

/** Help while a playground is written: completion, hover, signatures, and marks where it is no JavaScript. */
export function registerPlaygroundLanguage(playgrounds: Playgrounds): vscode.Disposable {
  const read = once(async () => {
    const file = vscode.Uri.joinPath(playgrounds.folder, 'language.json');
    const bytes = await vscode.workspace.fs.readFile(file);
    return JSON.parse(new TextDecoder().decode(bytes)) as Reference;
  });
  const settingOf = async (document: vscode.TextDocument) => {
    const binding = playgrounds.bindingOf(document);
    return {
      reference: await read(),
      names: binding === undefined ? nowhere : playgrounds.names(binding.cluster),
      database: binding?.database ?? firstDatabase,
    };
  };

  const topics = new WeakMap<vscode.CompletionItem, Topic>();
  const completion: vscode.CompletionItemProvider = {
    async provideCompletionItems(document, position, token, { triggerCharacter }) {
      const offset = document.offsetAt(position);
      const found = await unlessCancelled(token, async (signal) =>
        completionAt(document.getText(), offset, await settingOf(document), signal),
      );
      if (found === undefined) return undefined;
      // Nobody who types such a sign asks for all that there is, and who types a space only for names of keys.
      if (triggerCharacter !== undefined && found.place === 'expression') return undefined;
      if (triggerCharacter === ' ' && found.place !== 'key') return undefined;
      const range = rangesOf(document, position, found);
      return found.suggestions.map((suggestion, place) => {
        const item = itemOf(suggestion, place, range);
        if (suggestion.topic !== undefined) topics.set(item, suggestion.topic);
        return item;
      });
    },
    async resolveCompletionItem(item) {
      const topic = topics.get(item);
      if (topic === undefined) return item;
      const words = helpWords(await read(), topic);
      if (words !== undefined) item.documentation = words;
      return item;
    },
  };

  const hover: vscode.HoverProvider = {
    async provideHover(document, position, token) {
      const offset = document.offsetAt(position);
      const setting = await settingOf(document);
      const help = await unlessCancelled(token, (signal) =>
        helpAt(document.getText(), offset, setting, signal),
      );
      if (help === undefined) return undefined;
      const range = new vscode.Range(document.positionAt(help.from), document.positionAt(help.to));
      const words = new vscode.MarkdownString();
      if (help.kind === 'topic') {
        const method =
          help.topic.kind === 'method'
            ? methodOf(setting.reference, help.topic.of, help.topic.name)
            : undefined;
        for (const takes of method?.takes ?? [])
          words.appendCodeblock(`${help.topic.name}(${takes.join(', ')})`, 'javascript');
        const more = helpWords(setting.reference, help.topic);
        return new vscode.Hover(more === undefined ? [words] : [words, more], range);
      }
      const types = typesOf(help.field);
      words.appendCodeblock(types === '' ? help.path : `${help.path}: ${types}`, 'typescript');
      const share = Math.round(help.field.share * 100);
      if (share < 100)
        words.appendMarkdown(asIs(vscode.l10n.t('In {0} % of the documents that were looked at', share)));
      return new vscode.Hover(words, range);
    },
  };

  const signatures: vscode.SignatureHelpProvider = {
    async provideSignatureHelp(document, position) {
      const setting = await settingOf(document);
      const found = signatureAt(document.getText(), document.offsetAt(position), setting);
      if (found === undefined) return undefined;
      const words = helpWords(setting.reference, found.topic);
      const help = new vscode.SignatureHelp();
      help.signatures = found.method.takes.map((takes) => signatureOf(found.topic.name, takes, words));
      help.activeSignature = found.way;
      help.activeParameter = found.parameter;
      return help;
    },
  };

  return vscode.Disposable.from(
    vscode.languages.registerCompletionItemProvider(selector, completion, ...triggers),
    vscode.languages.registerHoverProvider(selector, hover),
    vscode.languages.registerSignatureHelpProvider(selector, signatures, '(', ','),
    markSyntax(selector),
  );
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

async function unlessCancelled<T>(
  token: vscode.CancellationToken,
  work: (signal: AbortSignal) => Promise<T | undefined>,
): Promise<T | undefined> {
  const stop = new AbortController();
  const listening = token.onCancellationRequested(() => stop.abort());
  try {
    return await work(stop.signal);
  } catch (error) {
    if ((error as Failure).code === 'cancelled') return undefined;
    throw error;
  } finally {
    listening.dispose();
  }
}

function rangesOf(
  document: vscode.TextDocument,
  position: vscode.Position,
  { from, to }: Completion,
): { readonly inserting: vscode.Range; readonly replacing: vscode.Range } {
  const start = document.positionAt(from);
  return {
    inserting: new vscode.Range(start, position),
    replacing: new vscode.Range(start, document.positionAt(to)),
  };
}

function itemOf(
  suggestion: Suggestion,
  place: number,
  range: Required<Pick<vscode.CompletionItem, 'range'>>['range'],
): vscode.CompletionItem {
  const { label, detail, insert, isSnippet, isDeprecated } = suggestion;
  const item = new vscode.CompletionItem({ label, description: detail }, kindOf(suggestion));
  item.insertText = isSnippet ? new vscode.SnippetString(insert) : insert;
  item.sortText = String(place).padStart(5, '0');
  item.range = range;
  if (isDeprecated === true) item.tags = [vscode.CompletionItemTag.Deprecated];
  if (isSnippet && (suggestion.kind === 'method' || suggestion.kind === 'global'))
    item.command = { command: 'editor.action.triggerParameterHints', title: '' };
  return item;
}

function kindOf({ kind }: Suggestion): vscode.CompletionItemKind {
  switch (kind) {
    case 'database':
      return vscode.CompletionItemKind.Module;
    case 'collection':
      return vscode.CompletionItemKind.Struct;
    case 'method':
      return vscode.CompletionItemKind.Method;
    case 'global':
      return vscode.CompletionItemKind.Function;
    case 'field':
      return vscode.CompletionItemKind.Field;
    case 'operator':
      return vscode.CompletionItemKind.Operator;
    case 'stage':
      return vscode.CompletionItemKind.Snippet;
    case 'variable':
      return vscode.CompletionItemKind.Variable;
    case 'keyword':
      return vscode.CompletionItemKind.Keyword;
    case 'option':
      return vscode.CompletionItemKind.Property;
    case 'value':
      return vscode.CompletionItemKind.Value;
  }
}

function helpWords(reference: Reference, topic: Topic): vscode.MarkdownString | undefined {
  const help = helpOn(reference, topic);
  if (help === undefined || help.text === '') return undefined;
  const words = new vscode.MarkdownString();
  words.appendMarkdown(asIs(help.text));
  const link = linkOf(reference, help);
  if (link !== undefined)
    words.appendMarkdown(`\n\n[${vscode.l10n.t('{0} in MongoDB’s documentation', topic.name)}](${link})`);
  return words;
}

/** Text in Markdown. VS Code's own way would let no line break. */
function asIs(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()<>#|~!&]/g, String.raw`\$&`);
}

function signatureOf(
  name: string,
  takes: readonly string[],
  words: vscode.MarkdownString | undefined,
): vscode.SignatureInformation {
  const signature = new vscode.SignatureInformation(`${name}(${takes.join(', ')})`);
  if (words !== undefined) signature.documentation = words;
  let from = name.length + 1;
  for (const one of takes) {
    signature.parameters.push(new vscode.ParameterInformation([from, from + one.length]));
    from += one.length + 2;
  }
  return signature;
}
