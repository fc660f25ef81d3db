import type { HttpClient, Pipeline, PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';
import { admits } from '../identity/clouds.ts';
import type { Audiences, Cloud } from '../identity/clouds.ts';
import { Failure, withoutSecrets } from '../failure.ts';
import type { Caller, Events, TokenBroker } from '../identity/tokens.ts';
import { patience, waitAsked } from './patience.ts';

export interface Call {
  readonly caller: Caller;
  readonly service: keyof Audiences;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A path below the service's endpoint, or a whole address that the service itself gave. */
  readonly address: string;
  readonly apiVersion?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A good answer, with what Azure says beside it. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Where to follow what was accepted and is not done yet: signed addresses, which nobody may print. */
  readonly operation: string | undefined;
  readonly location: string | undefined;
  /** How long the service asks to wait before the next question, in milliseconds. */
  readonly waitAsked: number | undefined;
  readonly correlationId: string | undefined;
  /** When the service says that it answered, by its own clock. */
  readonly date: string | undefined;
}

/** The one way to Resource Manager, Resource Graph and Microsoft Graph. Answers parsed JSON, throws `Failure`. */
export interface Door {
  readonly cloud: Cloud;
  send(call: Call): Promise<unknown>;
  /** The same, where more than the body matters. */
  exchange(call: Call): Promise<Answer>;
}

export function openDoor(cloud: Cloud, tokens: TokenBroker, events: Events): Door {
  let opened: Promise<{ pipeline: Pipeline; client: HttpClient }> | undefined;
  const calls = new WeakMap<object, Call>();

  /** Innermost: each attempt, each redirect gets its own token, after its own look at where it goes. */
  const bearer: PipelinePolicy = {
    name: 'bearer',
    async sendRequest(request, next) {
      const call = calls.get(request);
      if (call === undefined || !admits(cloud[call.service], request.url)) throw refused(request.url);
      const resource = cloud.audiences[call.service];
      const attempt = async (token: string): Promise<PipelineResponse> => {
        request.headers.set('Authorization', `Bearer ${token}`);
        try {
          return await next(request);
        } finally {
          request.headers.delete('Authorization');
        }
      };
      const token = await tokens.silent(call.caller, resource);
      const response = await attempt(token);
      const demand = demandOf(response);
      if (response.status !== 401 && demand === undefined) return response;
      tokens.drop(call.caller, resource, token);
      const second = await attempt(
        demand === undefined
          ? await tokens.silent(call.caller, resource)
          : await tokens.answer(call.caller, resource, demand),
      );
      const stillDemanded = demandOf(second);
      if (stillDemanded === undefined) return second;
      // What a silent answer did not satisfy takes a person, who is asked with the same demand.
      tokens.keepDemand(call.caller, resource, stillDemanded);
      throw new Failure({ code: 'stepUpNeeded', tenant: call.caller.tenant });
    },
  };

  const reporting: PipelinePolicy = {
    name: 'events',
    async sendRequest(request, next) {
      const started = performance.now();
      const target = new URL(request.url);
      const caller = calls.get(request)?.caller;
      const report = (status: number | string, response?: PipelineResponse): void =>
        events.requestSent({
          account: caller?.account.label ?? '',
          tenant: caller?.tenant ?? '',
          method: request.method,
          host: target.host,
          path: target.pathname,
          status,
          milliseconds: performance.now() - started,
          correlationId: response?.headers.get('x-ms-correlation-request-id'),
        });
      try {
        const response = await next(request);
        report(response.status, response);
        return response;
      } catch (error) {
        // An answer that breaks off forgets what it answers; only that tells who may be asked again.
        if (error instanceof Error && !(error instanceof Failure) && !('request' in error && error.request))
          Object.assign(error, { request });
        report(error instanceof Failure ? error.code : ((error as { code?: string }).code ?? 'failed'));
        throw error;
      }
    },
  };

  /** Loaded with the first request: nothing of Azure's is read at activation. */
  const open = (): Promise<{ pipeline: Pipeline; client: HttpClient }> =>
    (opened ??= import('@azure/core-rest-pipeline').then((azure) => {
      const pipeline = azure.createPipelineFromOptions({
        userAgentOptions: { userAgentPrefix: 'cosmos-entra' },
      });
      // Its log is opened by an environment variable and prints answers whole.
      pipeline.removePolicy({ name: azure.logPolicyName });
      pipeline.removePolicy({ name: azure.defaultRetryPolicy().name });
      pipeline.addPolicy(azure.retryPolicy([patience], { maxRetries: 3 }), { phase: 'Retry' });
      pipeline.addPolicy(bearer, { phase: 'Sign' });
      pipeline.addPolicy(reporting, { afterPhase: 'Sign' });
      return { pipeline, client: azure.createDefaultHttpClient() };
    }));

  const door: Door = {
    cloud,
    send: async (call) => (await door.exchange(call)).body,
    async exchange(call) {
      const url = addressOf(cloud[call.service], call);
      if (url === undefined)
        throw new Failure({ code: 'malformed', host: new URL(cloud[call.service]).host });
      if (!admits(cloud[call.service], url)) throw refused(url);
      const { createPipelineRequest, createHttpHeaders } = await import('@azure/core-rest-pipeline');
      const { pipeline, client } = await open();
      const request = createPipelineRequest({
        url,
        method: call.method,
        headers: createHttpHeaders({ Accept: 'application/json', ...call.headers }),
        timeout: 30_000,
        ...(call.signal === undefined ? {} : { abortSignal: call.signal }),
      });
      if (call.body !== undefined) {
        request.headers.set('Content-Type', 'application/json');
        request.body = JSON.stringify(call.body);
      }
      calls.set(request, call);
      let response: PipelineResponse;
      try {
        response = await pipeline.sendRequest(client, request);
      } catch (error) {
        throw failureOfTransport(error, url, call.signal);
      }
      const header = (name: string): string | undefined => response.headers.get(name);
      return {
        status: response.status,
        body: bodyOf(response, url, call.caller),
        operation: header('Azure-AsyncOperation'),
        location: header('Location'),
        waitAsked: waitAsked(response),
        correlationId: header('x-ms-correlation-request-id'),
        date: header('Date'),
      };
    },
  };
  return door;
}

/** Undefined when a service sent an address that is none. */
function addressOf(endpoint: string, call: Call): string | undefined {
  const url = URL.parse(call.address, endpoint);
  if (url !== null && call.apiVersion !== undefined) url.searchParams.set('api-version', call.apiVersion);
  return url?.href;
}

/** A claims challenge: more proof of who the person is, wanted before anything else. */
function demandOf({ status, headers }: PipelineResponse): string | undefined {
  const challenge = headers.get('WWW-Authenticate');
  const demands = (status === 401 || status === 403) && challenge !== undefined;
  return demands && /\bclaims=/.test(challenge) ? challenge : undefined;
}

function bodyOf(response: PipelineResponse, url: string, caller: Caller): unknown {
  const text = response.bodyAsText ?? '';
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    // The words of a proxy's error page are not Azure's; only its status means something.
    if (response.status < 400) throw new Failure({ code: 'malformed', host: new URL(url).host }, error);
  }
  if (response.status >= 200 && response.status < 300) return body;
  // The pipeline follows a redirect within a service, and hands back one that leads elsewhere.
  const elsewhere = response.headers.get('Location');
  if (response.status >= 300 && response.status < 400 && elsewhere !== undefined) {
    const target = URL.parse(elsewhere, url)?.href ?? '';
    if (!admits(url, target)) throw refused(target);
  }
  throw failureOfStatus(response, body, caller);
}

function failureOfStatus(response: PipelineResponse, body: unknown, caller: Caller): Failure {
  const { serviceCode, message } = errorOf(body, response.status);
  switch (response.status) {
    case 401:
      return new Failure({ code: 'signInNeeded', tenant: caller.tenant });
    case 403:
      return new Failure({ code: 'forbidden', serviceCode, message });
    case 404:
      return new Failure({ code: 'notFound', serviceCode, message });
    case 429:
      return new Failure({ code: 'throttled', seconds: Math.ceil((waitAsked(response) ?? 0) / 1000) });
    default:
      return new Failure({ code: 'service', status: response.status, serviceCode, message });
  }
}

/** Azure's envelope; Resource Graph and Graph put the telling code one level deeper or at the same place. */
function errorOf(body: unknown, status: number): { serviceCode: string; message: string } {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null | undefined)?.error;
  return {
    serviceCode: typeof error?.code === 'string' ? withoutSecrets(error.code) : String(status),
    message: typeof error?.message === 'string' ? withoutSecrets(error.message) : '',
  };
}

function failureOfTransport(error: unknown, url: string, signal: AbortSignal | undefined): Failure {
  if (error instanceof Failure) return error;
  if (signal?.aborted === true) return new Failure({ code: 'cancelled' }, error);
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  const detail = name === 'AbortError' ? 'ETIMEDOUT' : (code ?? withoutSecrets(message ?? ''));
  return new Failure({ code: 'unreachable', host: new URL(url).host, detail }, error);
}

function refused(url: string): Failure {
  return new Failure({ code: 'hostRefused', host: URL.parse(url)?.host ?? '' });
}
