import { once } from 'node:events';
import { createServer } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authority, Credentials } from './authority.ts';
import { startDoorway, type Doorway } from './doorway.ts';
import type { Fault, Faults } from './faults.ts';

/** The name of one of the services that a loopback Azure is made of. */
export type ServiceName = CentralService | 'accounts';

/** Those that there is one of. */
export type CentralService = 'resourceManager' | 'entra' | 'graph' | 'portal' | 'echo';

/** One request, read whole. */
export interface Call {
  readonly service: ServiceName;
  readonly method: string;
  /** Decoded, with doubled slashes collapsed. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The loopback address that called. */
  readonly remoteAddress: string;
  /** The account whose data plane is called. */
  readonly account?: string | undefined;
  /** What the route's pattern named. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a string, which goes as it is. */
  readonly body?: unknown;
}

/** What was asked of us. Neither headers nor queries: tokens and signed addresses live there. */
export interface RequestRecord {
  readonly service: ServiceName;
  readonly account?: string;
  readonly method: string;
  readonly path: string;
  readonly apiVersion: string | undefined;
  /** 0 where no answer ever came. */
  readonly status: number;
}

/** A refusal that a handler throws and the listener sends. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.name = 'Refusal';
    this.reply = reply;
  }
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

export interface ServiceOptions {
  readonly name: ServiceName;
  readonly handle: Handler;
  /** How this service words a refusal that is not about its own subject. */
  readonly refuse: (status: number, code: string, message: string) => Reply;
  readonly tls: Credentials;
  /** Who signed that, and for which names: for certificates that are to be wrong. */
  readonly authority: Authority;
  readonly names: readonly string[];
  /** Of a data plane: whose. */
  readonly account?: string;
  readonly port?: number | undefined;
  readonly latencyMs: number;
  readonly faults: Faults;
  readonly record: (entry: RequestRecord) => void;
}

export interface Service {
  readonly origin: string;
  readonly port: number;
  readonly doorway: Doorway;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';
const bodyLimit = 4 * 1024 * 1024;

/** Starts one service. It listens on loopback and has no option to do otherwise. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { tls, authority, names, port } = options;
  const server = createServer({ ...tls, keepAlive: true }, (request, response) => {
    void answer(options, request, response);
  });
  const doorway = await startDoorway({
    host: loopback,
    port,
    tls: { server, credentials: tls, authority, names },
    welcome: (_socket, secure) => secure(),
  });
  return {
    origin: `https://${loopback}:${doorway.port}`,
    port: doorway.port,
    doorway,
    close: () => doorway.close(),
  };
}

async function answer(
  options: ServiceOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { name, account, faults } = options;
  const whose = { service: name, ...(account !== undefined && { account }) };
  const method = request.method ?? 'GET';
  let path = '';
  let apiVersion: string | undefined;
  let reply: Reply;
  let fault: Fault | undefined;
  let skew = 0;
  try {
    // A doubled slash at the start, which Azure's clients send, would read as the name of a host.
    const url = new URL((request.url ?? '/').replace(/^\/+/, '/'), 'https://local');
    apiVersion = url.searchParams.get('api-version') ?? undefined;
    path = decodeURIComponent(url.pathname.replaceAll(/\/{2,}/g, '/'));
    const call: Call = {
      ...whose,
      method,
      path,
      query: url.searchParams,
      headers: request.headers,
      body: await readBody(request),
      remoteAddress: request.socket.remoteAddress ?? loopback,
      params: {},
    };
    skew = faults.take(call, ['clock'])?.seconds ?? 0;
    if (faults.take(call, ['hang'])) {
      options.record({ ...whose, method, path, apiVersion, status: 0 });
      await once(response, 'close');
      return;
    }
    if (options.latencyMs > 0) await sleep(options.latencyMs);
    fault = faults.take(call, ['hold', 'latency', 'status', 'malformed', 'drop']);
    if (fault?.kind === 'latency') await sleep(fault.ms);
    if (fault?.kind === 'hold') await Promise.race([faults.cleared, once(response, 'close')]);
    reply = fault?.kind === 'status' ? asReply(fault) : await options.handle(call);
  } catch (error) {
    // Whoever hung up hears no answer.
    if (request.destroyed && !request.complete) return;
    reply = replyTo(error, options);
  }
  options.record({ ...whose, method, path, apiVersion, status: reply.status });
  send(response, reply, fault, skew);
}

function asReply(fault: Extract<Fault, { kind: 'status' }>): Reply {
  return {
    status: fault.status,
    ...(fault.headers && { headers: fault.headers }),
    ...(fault.body !== undefined && { body: fault.body }),
  };
}

function replyTo(error: unknown, options: ServiceOptions): Reply {
  if (error instanceof Refusal) return error.reply;
  if (error instanceof URIError || (error instanceof TypeError && 'input' in error))
    return options.refuse(400, 'InvalidRequestUri', 'The address is not well formed.');
  // A defect of ours should be seen by whoever runs the tests, not taken for the behaviour of Azure.
  process.stderr.write(
    `local Azure, ${options.name}: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
  return options.refuse(500, 'internal_server_error', 'An unexpected error occurred.');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) {
      const error = { code: 'RequestEntityTooLarge', message: `The limit is ${bodyLimit} bytes.` };
      throw new Refusal({ status: 413, headers: { connection: 'close' }, body: { error } });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, reply: Reply, fault: Fault | undefined, skew: number): void {
  let text =
    reply.body === undefined ? '' : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  if (fault?.kind === 'malformed') text = text.slice(0, Math.max(1, Math.floor(text.length / 2)));
  const headers: Record<string, string> = { date: new Date(Date.now() + skew * 1000).toUTCString() };
  if (text !== '') headers['content-type'] = 'application/json; charset=utf-8';
  if (reply.status !== 204) headers['content-length'] = String(Buffer.byteLength(text));
  Object.assign(headers, reply.headers);
  response.writeHead(reply.status, headers);
  if (fault?.kind === 'drop') {
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.destroy());
    if (text === '') response.socket?.destroy();
    return;
  }
  response.end(text);
}

/** One line of a service's routing table. */
export interface Route<H> {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: H;
}

/** Patterns name a segment `{name}` and any number of segments `{name...}`; Azure's paths know no case. */
export function route<H>(method: string, pattern: string, handler: H): Route<H> {
  const source = pattern
    .split(/(\{\w+(?:\.{3})?\})/)
    .map((part) => {
      const name = /^\{(\w+)(\.{3})?\}$/.exec(part);
      return name
        ? `(?<${name[1]}>${name[2] ? '.+?' : '[^/]+'})`
        : part.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
    })
    .join('');
  return { method, pattern: new RegExp(`^${source}/?$`, 'i'), handler };
}

export function findRoute<H>(
  routes: readonly Route<H>[],
  method: string,
  path: string,
): { readonly handler: H; readonly params: Readonly<Record<string, string>> } | 'method' | undefined {
  let known = false;
  for (const candidate of routes) {
    const match = candidate.pattern.exec(path);
    if (!match) continue;
    if (candidate.method === method) return { handler: candidate.handler, params: { ...match.groups } };
    known = true;
  }
  return known ? 'method' : undefined;
}
