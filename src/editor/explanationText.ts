import * as vscode from 'vscode';
import { errorOfFailure } from '../core/doctor/errors.ts';
import type { ErrorText, ExplainedError } from '../core/doctor/errors.ts';
import { namedIn } from '../core/doctor/named.ts';
import type { Named } from '../core/doctor/named.ts';
import type { Help } from '../core/doctor/outlook.ts';
import { wantedByError, wantedByRefusal } from '../core/doctor/wantedToken.ts';
import type { PastedRefusal } from '../core/doctor/wantedToken.ts';
import type { Failure } from '../core/failure.ts';
import { code } from '../core/markdown.ts';
import { errorWords, namedWords, sourceWords, waitsWords, whoWords } from './errorWords.ts';
import type { Words } from './errorWords/words.ts';
import { helpWords } from './explanations.ts';
import type { Act, Explanation } from './explanations.ts';
import { messageOf } from './messages.ts';
import type { Node } from './node.ts';

/** What a text with errors in it means, one after the other. */
export function explanationOf({ errors, named, secret, shown, onlyRead }: ErrorText): Explanation {
  const page = new Page();
  if (onlyRead !== undefined)
    page.paragraph(
      vscode.l10n.t(
        'This text is long: only its first {0} characters were read. If the error is further down, explain that part alone.',
        onlyRead,
      ),
    );
  if (secret !== undefined) page.paragraph(secretWords(secret));
  if (errors.length === 0) {
    page.heading(1, vscode.l10n.t('No error that is known here'));
    page.paragraph(
      vscode.l10n.t(
        'There is no code in this text that is known here. Look for one further up in the output of the program, such as AADSTS and a number, a code and codeName of MongoDB, an SQLSTATE, or the code of an answer of Azure, and explain that.',
      ),
    );
    page.paragraph(
      vscode.l10n.t('Numbers of Entra are explained at {0}.', 'https://login.microsoftonline.com/error'),
    );
  } else if (errors.length > 1) {
    page.heading(1, vscode.l10n.t('{0} errors, explained', errors.length));
    page.paragraph(vscode.l10n.t('Begin with the first: the others are often what came of it.'));
  }
  for (const error of errors) {
    const host = named.find(({ what }) => what === 'host')?.value ?? vscode.l10n.t('The host');
    const known = error.source === 'mongodb' ? vscode.l10n.t('The cluster') : host;
    const words = errorWords(error, { code: error.code, host: known, detail: error.code });
    page.error(error, words, errors.length > 1 ? 2 : 1);
    const refused = wantedByError(error, named);
    if (refused !== undefined) page.act('ask', { kind: 'pasted', refused, named });
  }
  page.named(named);
  page.quote(shown);
  return page.explanation(undefined);
}

/** What a failure of this extension's own means; `node` is the row that shows it. */
export function explanationOfFailure(failure: Failure, node: Node | undefined): Explanation {
  const page = new Page();
  const error = errorOfFailure(failure.data);
  const { short, long, remedy } = messageOf(failure);
  if (error === undefined) {
    page.heading(1, capital(short));
    page.paragraph(long);
    if (remedy !== 'retry') page.act(remedy);
  } else {
    page.error(error, [short, long], 1);
    // Of a cluster it is known whom to ask, and for what; of a tenant what Entra refuses there.
    const isTheirs = error.who === 'owner' || error.who === 'administrator';
    const isAsked = isOfCluster(node) || (isOfTenant(node) && wantedByRefusal(failure.data) !== undefined);
    if (isTheirs && error.help !== 'ask' && isAsked) page.act('ask');
    page.named(namedIn('message' in failure.data ? failure.data.message : ''));
  }
  return page.explanation(node);
}

function isOfCluster(node: Node | undefined): boolean {
  if (node === undefined) return false;
  return 'key' in node || (node.kind === 'failure' && 'node' in node.retry && 'key' in node.retry.node);
}

function isOfTenant(node: Node | undefined): boolean {
  return (
    node?.kind === 'tenant' ||
    node?.kind === 'account' ||
    (node?.kind === 'failure' && node.retry.what === 'tenant')
  );
}

function secretWords(secret: 'token' | 'other'): string {
  return secret === 'token'
    ? vscode.l10n.t(
        'Careful: there is a token in this text. Whoever has it is you until it runs out, so do not pass the text on, and clear it where it was pasted. It is not shown below and not kept here.',
      )
    : vscode.l10n.t(
        'Careful: there seems to be a password, key or other secret in this text. Do not pass it on; if others have seen it, change it. It is not shown below and not kept here.',
      );
}

/** A text in Markdown that grows, and the lines at which something can be done. */
class Page {
  readonly #lines: string[] = [];
  readonly #acts: Act[] = [];

  heading(level: number, text: string): void {
    this.#lines.push(`${'#'.repeat(level)} ${text}`, '');
  }

  paragraph(text: string): void {
    this.#lines.push(...text.split(/\r?\n/), '');
  }

  error(error: ExplainedError, [short, long]: Words, level: number): void {
    const isNamed = short.includes(`(${error.code})`);
    this.heading(level, isNamed ? capital(short) : `${error.code}: ${capital(short)}`);
    this.paragraph(long);
    this.paragraph(`${waitsWords(error)} ${whoWords(error)}`);
    if (error.help !== undefined) this.act(error.help);
    const link = vscode.l10n.t('{0} on this: {1}', sourceWords(error.source), error.link);
    this.paragraph(error.meaning === 'other' ? `${unknownWords()} ${link}` : link);
  }

  /** The command stands in words too: links above a line are not for everybody. */
  act(help: Help, on?: PastedRefusal): void {
    this.#acts.push({ line: this.#lines.length, help, on });
    this.paragraph(
      vscode.l10n.t(
        'What Cosmos Entra can do: {0} – above this line, or in the command palette.',
        helpWords(help).title,
      ),
    );
  }

  named(named: readonly Named[]): void {
    if (named.length === 0) return;
    this.heading(2, vscode.l10n.t('What it names'));
    for (const { what, value } of named) this.#lines.push(`- ${namedWords(what)}: ${code(value)}`);
    this.#lines.push('');
  }

  quote(text: string): void {
    this.heading(2, vscode.l10n.t('The text, without secrets'));
    const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
    this.#lines.push(`${fence}text`, ...text.split(/\r?\n/), fence, '');
  }

  explanation(node: Node | undefined): Explanation {
    return { name: 'Explained Error', text: this.#lines.join('\n'), acts: this.#acts, node };
  }
}

function unknownWords(): string {
  return vscode.l10n.t('There is nothing more about this code here.');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
