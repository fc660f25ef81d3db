import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import type { Account } from '../../core/identity/tokens.ts';
import { sweepPrivateFolders } from '../../core/sessions/privateFolder.ts';
import type { TokenFile } from '../../core/sessions/tokenFile.ts';
import type { Log } from '../log.ts';
import { messageOf } from '../messages.ts';
import type { Prompts } from '../prompts.ts';

interface Shell {
  readonly account: Account;
  readonly file: TokenFile;
  /** Nothing is used for it any more. */
  readonly done: () => void;
}

/** The terminals that are signed in as somebody: their tokens end with them, and they with their person's sign-in. */
export class Shells implements vscode.Disposable {
  /** Whether the person agreed, in this window, that a token lies in a file where there are no pipes. */
  mayKeepFiles = false;
  readonly #prompts: Prompts;
  readonly #log: Log;
  readonly #open = new Map<vscode.Terminal, Shell>();
  /** Who is being asked to sign in again, and on which cluster's behalf need not be known: the sign-in is one. */
  readonly #asking = new Set<string>();
  readonly #listening: vscode.Disposable;

  constructor(prompts: Prompts, log: Log) {
    this.#prompts = prompts;
    this.#log = log;
    this.#listening = vscode.window.onDidCloseTerminal((terminal) => this.#closed(terminal));
    sweepPrivateFolders();
  }

  open(options: vscode.TerminalOptions, shell: Shell): void {
    const terminal = vscode.window.createTerminal(options);
    this.#open.set(terminal, shell);
    terminal.show();
  }

  /** Ends the shells of everybody else. */
  keepOnly(accounts: readonly Account[]): void {
    for (const [terminal, { account }] of this.#open) {
      if (accounts.some(({ id }) => id === account.id)) continue;
      this.#closed(terminal);
      terminal.dispose();
    }
  }

  /** A shell wanted a token and got none. Of several that want one of the same person's, the first says so. */
  async wanting({ name, caller }: Cluster, failure: Failure, signIn: () => Promise<void>): Promise<void> {
    this.#log.error(failure);
    const person = JSON.stringify([caller.account.id, caller.tenant]);
    if (this.#asking.has(person)) return;
    this.#asking.add(person);
    try {
      for (let reason: Failure | undefined = failure; reason !== undefined;) {
        const button = vscode.l10n.t('Sign In');
        const text = vscode.l10n.t(
          'mongosh on {0} wanted a token for {1} and got none. {2}',
          name,
          caller.account.label,
          messageOf(reason).long,
        );
        if ((await this.#prompts.tell('error', text, [button])) !== button) return;
        reason = await signIn().then(
          () => undefined,
          (error: unknown) => Failure.from(error),
        );
        if (reason?.code === 'cancelled') return;
      }
    } finally {
      this.#asking.delete(person);
    }
  }

  dispose(): void {
    this.keepOnly([]);
    this.#listening.dispose();
  }

  #closed(terminal: vscode.Terminal): void {
    const shell = this.#open.get(terminal);
    shell?.file.close();
    shell?.done();
    this.#open.delete(terminal);
  }
}
