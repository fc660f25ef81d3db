import { Failure, withoutSecrets } from '../failure.ts';
import { failureOfDriver } from '../sessions/mongoFailure.ts';

/** Whether somebody stopped it. */
export function isInterruption(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return name === 'MongoshInterruptedError' || code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}

/** What a statement threw: by whom it was made. */
export function failureOf(error: unknown, host: string): Failure {
  try {
    return known(error, host);
  } catch {
    // Anything can be thrown: what has no text, or throws itself when it is looked at.
    return new Failure({ code: 'script', name: '', message: '' });
  }
}

function known(error: unknown, host: string): Failure {
  if (error instanceof Failure) return error;
  if (!isError(error))
    return new Failure({ code: 'script', name: '', message: withoutSecrets(String(error)) });
  const [name = '', message = ''] = [error.name, error.message].map(String);
  const { cause } = error;
  if (cause instanceof Failure) return cause;
  if (isOfDriver(error)) return failureOfDriver(error, { host, open: true, presented: false });
  // mongosh begins with a code of its own, and Babel shows the place with an arrow below.
  const [said = ''] = message.replace(/^\[[A-Z]+-\d+\] /, '').split('\n');
  return new Failure({ code: 'script', name: withoutSecrets(name), message: withoutSecrets(said) });
}

function isOfDriver({ name }: Error): boolean {
  return /^(Mongo(?!sh)|PoolCleared)/.test(name);
}

export function stackOf(error: unknown): string | undefined {
  return isError(error) ? error.stack : undefined;
}

/** Errors of a script are of its own realm, where `instanceof` does not know them. */
function isError(error: unknown): error is Error {
  return Object.prototype.toString.call(error) === '[object Error]';
}
