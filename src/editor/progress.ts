import * as vscode from 'vscode';
import { Failure } from '../core/failure.ts';

/** Work that a person waits for, and can stop. */
export async function waitFor<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (_, token) => {
    const stopped = new Promise<never>((_resolve, reject) =>
      token.onCancellationRequested(() => {
        stop.abort();
        reject(new Failure({ code: 'cancelled' }));
      }),
    );
    return Promise.race([work(stop.signal), stopped]);
  });
}
