import type { Caller } from './access.ts';
import { armError } from './armError.ts';
import type { Organisation, Subscription } from './organisation.ts';

interface Bucket {
  tokens: number;
  at: number;
}

const sizes = {
  reads: { capacity: 250, refill: 25 },
  writes: { capacity: 200, refill: 10 },
  deletes: { capacity: 200, refill: 10 },
} as const;

/** Resource Manager's token buckets: one for each principal, scope and kind of operation. */
export interface RateLimits {
  /** Takes one from the bucket; answers the headers that say what is left. */
  take(
    method: string,
    caller: Caller,
    subscription: Subscription | undefined,
  ): Readonly<Record<string, string>>;
  clear(): void;
}

export function createRateLimits(organisation: Organisation): RateLimits {
  const buckets = new Map<string, Bucket>();
  return {
    take(method, caller, subscription) {
      const kind =
        method === 'DELETE' ? 'deletes' : method === 'PUT' || method === 'PATCH' ? 'writes' : 'reads';
      const { capacity, refill } = sizes[kind];
      const key = `${caller.id} ${subscription?.subscriptionId ?? caller.tenantId} ${kind}`;
      const now = Date.now();
      const bucket = buckets.get(key) ?? { tokens: capacity, at: now };
      bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * refill) - 1;
      bucket.at = now;
      buckets.set(key, bucket);
      if (organisation.behaviour.throttles && bucket.tokens < 0) {
        bucket.tokens = 0;
        const message = `The request is being throttled as the limit has been reached for operation type '${kind}'.`;
        throw armError(429, 'TooManyRequests', message, { 'retry-after': '2' });
      }
      const left = Math.max(0, Math.floor(bucket.tokens));
      if (!subscription) return { [`x-ms-ratelimit-remaining-tenant-${kind}`]: String(left) };
      return {
        [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(left),
        [`x-ms-ratelimit-remaining-subscription-global-${kind}`]: String(left * 15),
      };
    },
    clear() {
      buckets.clear();
    },
  };
}
