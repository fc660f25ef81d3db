import * as vscode from 'vscode';
import { Failure } from '../core/failure.ts';
import { withoutLinks } from './literal.ts';

/** What is quicker than this is not worth a word: a notification that flashes hides those that matter. */
const patience = 900;

/** Work that a person waits for, and can stop once it takes a while. It may say how far it is. */
export async function waitFor<T>(
  title: string,
  work: (signal: AbortSignal, tell: (text: string) => void) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let show: (text: string) => void = () => undefined;
  const working = work(stop.signal, (text) => show(text));
  const quick = await Promise.race([
    working.then(
      () => true,
      () => true,
    ),
    new Promise<false>((resolve) => setTimeout(resolve, patience, false)),
  ]);
  if (quick) return working;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: withoutLinks(title),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    show = (message) => progress.report({ message: withoutLinks(message) });
    const stopped = new Promise<never>((_resolve, reject) =>
      token.onCancellationRequested(() => {
        stop.abort();
        reject(new Failure({ code: 'cancelled' }));
      }),
    );
    return Promise.race([working, stopped]);
  });
}
