import { request } from 'node:https';
import { rangesOf } from '../clusters/addresses.ts';
import { Failure } from '../failure.ts';

/** The address that a service somewhere else sees this machine under. Nothing is sent but the question. */
export async function askEcho(service: string, signal: AbortSignal): Promise<string> {
  const url = URL.parse(service);
  if (url?.protocol !== 'https:')
    throw new Failure({ code: 'badSetting', setting: 'firewall.echoService', problem: 'notHttps' });
  const text = await answerOf(url, signal);
  const address = addressIn(text);
  if (address === undefined) throw new Failure({ code: 'malformed', host: url.host });
  return address;
}

function answerOf(url: URL, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }): void =>
      reject(
        signal.aborted
          ? new Failure({ code: 'cancelled' })
          : new Failure({ code: 'unreachable', host: url.host, detail: error.code ?? '' }, error),
      );
    const asked = request(
      url,
      { signal, timeout: 10_000, headers: { Accept: 'text/plain, application/json' } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
          // An address is short; whatever is longer is something else.
          if (text.length <= 1000) return;
          resolve('');
          answer.destroy();
        });
        answer.on('error', fail);
        answer.on('end', () => resolve(answer.statusCode === 200 ? text : ''));
      },
    );
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    asked.on('error', fail);
    asked.end();
  });
}

/** The one IPv4 address that a text names, as services do that turn somebody away. Nobody comes from 0.0.0.0. */
export function addressIn(text: string): string | undefined {
  const found = new Set(text.match(/(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?!\.?\d)/g));
  const [address, ...others] = [...found].filter(
    (one) => one !== '0.0.0.0' && rangesOf(one).every((range) => !('problem' in range)),
  );
  return others.length === 0 ? address : undefined;
}
