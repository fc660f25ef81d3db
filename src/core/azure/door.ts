import type { HttpClient, Pipeline, PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';
import { admits } from '../identity/clouds.ts';
import type { Audiences, Cloud } from '../identity/clouds.ts';
import { Failure, withoutSecrets } from '../failure.ts';
import type { Caller, Events, TokenBroker } from '../identity/tokens.ts';

export interface Call {
  readonly caller: Caller;
  readonly service: keyof Audiences;
  readonly method: 'GET' | 'POST';
  /** A path below the service's endpoint, or a whole address that the service itself gave. */
  readonly address: string;
  readonly apiVersion?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The one way to Resource Manager, Resource Graph and Microsoft Graph. Answers parsed JSON, throws `Failure`. */
export interface Door {
  readonly cloud: Cloud;
  send(call: Call): Promise<unknown>;
}

/** A service may ask to wait; longer than this is a failure that says so, not a spinner. */
const longestWaitSeconds = 30;

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
      if (response.status !== 401) return response;
      tokens.drop(call.caller, resource, token);
      const challenge = response.headers.get('WWW-Authenticate');
      const demanded = challenge !== undefined && /\bclaims=/.test(challenge);
      return attempt(
        demanded
          ? await tokens.answer(call.caller, resource, challenge)
          : await tokens.silent(call.caller, resource),
      );
    },
  };

  const patience: PipelinePolicy = {
    name: 'patience',
    async sendRequest(request, next) {
      const response = await next(request);
      if (response.status !== 429) return response;
      const seconds = Number(response.headers.get('Retry-After') ?? 0);
      if (seconds > longestWaitSeconds) throw new Failure({ code: 'throttled', seconds });
      return response;
    },
  };

  const account: PipelinePolicy = {
    name: 'events',
    async sendRequest(request, next) {
      const started = performance.now();
      const target = new URL(request.url);
      const report = (status: number | string, response?: PipelineResponse): void =>
        events.requestSent({
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
        report(error instanceof Failure ? error.code : ((error as { code?: string }).code ?? 'failed'));
        throw error;
      }
    },
  };

  /** Loaded with the first request: nothing of Azure's is read at activation. */
  const open = (): Promise<{ pipeline: Pipeline; client: HttpClient }> =>
    (opened ??= import('@azure/core-rest-pipeline').then((azure) => {
      const pipeline = azure.createPipelineFromOptions({
        retryOptions: { maxRetries: 3, retryDelayInMs: 400, maxRetryDelayInMs: 4000 },
        userAgentOptions: { userAgentPrefix: 'cosmos-entra' },
      });
      // Its log is opened by an environment variable and prints answers whole.
      pipeline.removePolicy({ name: azure.logPolicyName });
      pipeline.addPolicy(patience, { afterPhase: 'Retry' });
      pipeline.addPolicy(bearer, { phase: 'Sign' });
      pipeline.addPolicy(account, { afterPhase: 'Sign' });
      return { pipeline, client: azure.createDefaultHttpClient() };
    }));

  return {
    cloud,
    async send(call) {
      const url = addressOf(cloud[call.service], call);
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
      return answerOf(response, url, call.caller);
    },
  };
}

function addressOf(endpoint: string, call: Call): string {
  const url = new URL(call.address, endpoint);
  if (call.apiVersion !== undefined) url.searchParams.set('api-version', call.apiVersion);
  return url.href;
}

function answerOf(response: PipelineResponse, url: string, caller: Caller): unknown {
  const text = response.bodyAsText ?? '';
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    // The words of a proxy's error page are not Azure's; only its status means something.
    if (response.status < 400) throw new Failure({ code: 'malformed', host: new URL(url).host }, error);
  }
  if (response.status >= 200 && response.status < 300) return body;
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
      return new Failure({ code: 'throttled', seconds: Number(response.headers.get('Retry-After') ?? 0) });
    default:
      return new Failure({ code: 'service', status: response.status, serviceCode, message });
  }
}

/** Azure's envelope; Resource Graph and Graph put the telling code one level deeper or at the same place. */
function errorOf(body: unknown, status: number): { serviceCode: string; message: string } {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null | undefined)?.error;
  return {
    serviceCode: typeof error?.code === 'string' ? error.code : String(status),
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
