import { request, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessToken, TokenCredential } from '@azure/core-auth';
import type { LocalAzure, TokenOrder } from './azure.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
}

export interface Question {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON, text as it is. */
  readonly body?: object | string;
}

/** Asks as any program would, trusting nothing but this Azure's authority. */
export function ask(azure: LocalAzure, url: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', token, body } = question;
  const headers: Record<string, string> = { ...question.headers };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (typeof body === 'object') headers['content-type'] = 'application/json';
  const { origin } = new URL(url);
  // The path goes as it was written, doubled slashes and all.
  const target = new URL(origin);
  const options: RequestOptions = {
    method,
    host: target.hostname,
    port: target.port,
    path: url.slice(origin.length) || '/',
    ca: azure.certificateAuthority,
    headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
}

/** Tells it from outside how to be from now on; what that is answered with. */
export async function tell(azure: LocalAzure, what: string, body: object = {}): Promise<number> {
  const url = `${azure.endpoints.resourceManager}/local-azure/${what}`;
  return (await ask(azure, url, { method: 'POST', body })).status;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const management = 'https://management.core.windows.net/';

/** A person's Resource Manager token, with a second factor unless told otherwise. */
export function managementToken(azure: LocalAzure, order: Partial<TokenOrder> & { person?: string } = {}) {
  const { person = 'kai@contoso.com', ...rest } = order;
  return azure.issueToken(person, {
    tenant: 'contoso.com',
    resource: management,
    secondFactor: true,
    ...rest,
  });
}

/** A credential for Azure's own clients. */
export function credential(azure: LocalAzure, order: Partial<TokenOrder> = {}): TokenCredential {
  return {
    async getToken(): Promise<AccessToken> {
      return { token: await managementToken(azure, order), expiresOnTimestamp: Date.now() + 3_000_000 };
    },
  };
}

/** What Azure's own clients need to know to come here. */
export function clientOptions(azure: LocalAzure) {
  return {
    endpoint: azure.endpoints.resourceManager,
    tlsOptions: { ca: azure.certificateAuthority },
    retryOptions: { maxRetries: 0 },
  };
}

/** Ids of the sample organisation, by the names that tests speak of. */
export function resourceId(azure: LocalAzure, name: string): string {
  const found = azure.organisation.resources.find((one) => one.name === name);
  if (!found) throw new Error(`no resource is called ${name}`);
  return found.id;
}

export const production = '5b5c0000-0000-4000-8000-000000000001';

/** Every entry of a paged list. */
export async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of pages) found.push(one);
  return found;
}

/** One request to Resource Manager after another, as one person. */
export interface Requests {
  (method: string, path: string, apiVersion: string, question?: Question): Promise<Answer>;
  /** Follows a write to its end; answers the last status, or what refused the write. */
  finish(accepted: Answer): Promise<Answer>;
}

export async function requestsTo(azure: LocalAzure, person = 'kai@contoso.com'): Promise<Requests> {
  const token = await managementToken(azure, { person });
  const request = (method: string, path: string, apiVersion: string, question: Question = {}) =>
    ask(azure, `${azure.endpoints.resourceManager}${path}?api-version=${apiVersion}`, {
      method,
      token,
      ...question,
    });
  const finish = async (accepted: Answer): Promise<Answer> => {
    const url = accepted.headers['azure-asyncoperation'];
    if (typeof url !== 'string') return accepted;
    const status = await ask(azure, url, { token });
    // Some hand out a new address each time, some are followed at the first.
    return /"status":"(Succeeded|Failed)"/.test(status.text)
      ? status
      : finish({ ...status, headers: { 'azure-asyncoperation': url, ...status.headers } });
  };
  return Object.assign(request, { finish });
}

export function errorCode(answer: Answer): unknown {
  return (answer.body as { error?: { code?: unknown } } | undefined)?.error?.code;
}
