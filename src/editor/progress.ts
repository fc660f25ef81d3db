import * as vscode from 'vscode';
import { Failure } from '../core/failure.ts';

/** What is quicker than this is not worth a word: a notification that flashes hides those that matter. */
const patience = 900;

/** Work that a person waits for, and can stop once it takes a while. */
export async function waitFor<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const working = work(stop.signal);
  const quick = await Promise.race([
    working.then(
      () => true,
      () => true,
    ),
    new Promise<false>((resolve) => setTimeout(resolve, patience, false)),
  ]);
  if (quick) return working;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (_, token) => {
    const stopped = new Promise<never>((_resolve, reject) =>
      token.onCancellationRequested(() => {
        stop.abort();
        reject(new Failure({ code: 'cancelled' }));
      }),
    );
    return Promise.race([working, stopped]);
  });
}
