import { request } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { Failure, withoutSecrets } from '../failure.ts';
import type { Member } from '../sessions/hosts.ts';
import type { Manner } from './wire.ts';

/** What an account answered. */
export interface DataAnswer {
  readonly status: number;
  /** The number below the status, which says more. */
  readonly substatus: number | undefined;
  /** Without secrets. */
  readonly text: string;
  /** What was asked for, as the service calls it. */
  readonly path: string;
}

interface Asked extends Manner {
  readonly server: Member;
  /** Asked for when the request goes out, and kept by nobody. */
  readonly token: () => Promise<string>;
  /** What is asked about; undefined is all of it. */
  readonly scope: string | undefined;
}

/** So much of an answer is read, in characters. */
const most = 20_000;

/** Reads the names of what is in an account, a database or a container. */
export async function requestOf({ server, token, scope, ...manner }: Asked): Promise<DataAnswer> {
  const [database, container] = scope?.split('/') ?? [];
  const below = [
    database && `/${encodeURIComponent(database)}`,
    container && `/colls/${encodeURIComponent(container)}`,
  ];
  const path = `/dbs${below.filter((part) => part !== undefined).join('')}`;
  const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${await token()}`);
  const { promise, resolve, reject } = Promise.withResolvers<DataAnswer>();
  const over = AbortSignal.timeout(manner.limit);
  const asked = request(
    {
      host: server.host,
      port: server.port,
      path,
      lookup: manner.lookup,
      rejectUnauthorized: true,
      checkServerIdentity,
      signal: AbortSignal.any([manner.signal, over]),
      agent: false,
      headers: {
        Accept: 'application/json',
        Authorization: authorization,
        'x-ms-date': new Date().toUTCString(),
        'x-ms-version': '2018-12-31',
      },
    },
    (answer) => {
      let text = '';
      const answered = (): void => {
        const substatus = Number(answer.headers['x-ms-substatus']);
        resolve({
          status: answer.statusCode ?? 0,
          substatus: Number.isNaN(substatus) ? undefined : substatus,
          text: withoutSecrets(text),
          path,
        });
        asked.destroy();
      };
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text = (text + part).slice(0, most);
        // An account may have many databases: their names are of no interest.
        if (text.length === most) answered();
      });
      answer.on('error', fail);
      answer.on('end', answered);
    },
  );
  const fail = (error: Error & { code?: string }): void =>
    reject(
      manner.signal.aborted
        ? new Failure({ code: 'cancelled' })
        : new Failure(
            {
              code: 'unreachable',
              host: server.host,
              detail: over.aborted ? 'ETIMEDOUT' : (error.code ?? ''),
            },
            error,
          ),
    );
  asked.on('error', fail);
  // Whoever answers with another protocol ends it without a word.
  asked.on('close', () => fail(Object.assign(new Error('no answer'), { code: 'ECONNRESET' })));
  asked.end();
  return promise;
}
