import type { PipelineResponse, RestError, RetryStrategy } from '@azure/core-rest-pipeline';
import { Failure } from '../failure.ts';

/** A service may ask to wait; longer than this is a failure that says so, not a spinner. */
const longestWait = 30_000;
const firstWait = 400;

/**
 * What is tried again, and when: as the service asks, or a little later each time. Questions only: a write is tried
 * again where a person sees what it waits for (`access/changes.ts`).
 */
export const patience: RetryStrategy = {
  name: 'patience',
  retry({ retryCount, response, responseError }) {
    const method = (response ?? responseError)?.request?.method ?? 'GET';
    if (method !== 'GET' && method !== 'POST') return { skipStrategy: true };
    const asked = /^(429|503)$/.test(String(response?.status)) ? waitAsked(response) : undefined;
    if (asked !== undefined && asked > longestWait)
      throw new Failure({ code: 'throttled', seconds: Math.ceil(asked / 1000) });
    const again = responseError === undefined ? busy(response) : passing(responseError);
    if (!again) return { skipStrategy: true };
    const later = firstWait * 2 ** retryCount;
    return { retryAfterInMs: asked ?? later * (0.75 + Math.random() / 2) };
  },
};

/** How long the service asks to wait, in milliseconds; it says so in any of four ways. */
export function waitAsked(response: PipelineResponse | undefined): number | undefined {
  if (response === undefined) return undefined;
  const { headers } = response;
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const milliseconds = Number.parseInt(headers.get(name) ?? '', 10);
    if (milliseconds >= 0) return milliseconds;
  }
  const text = headers.get('Retry-After') ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}

function busy(response: PipelineResponse | undefined): boolean {
  const status = response?.status ?? 0;
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** The network failed in a way that may not last: before the answer, or in the middle of it. */
function passing({ code = '' }: RestError): boolean {
  return /^(ETIMEDOUT|ESOCKETTIMEDOUT|ECONNREFUSED|ECONNRESET|EPIPE|EAI_AGAIN|PARSE_ERROR)$/.test(code);
}
