import type { Call, ServiceName } from './service.ts';

/** Something that goes wrong on demand. */
export type Fault =
  | { readonly kind: 'latency'; readonly ms: number }
  /** The answer comes when the faults are cleared, however long that takes. */
  | { readonly kind: 'hold' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The answer ends in the middle of its JSON. */
  | { readonly kind: 'malformed' }
  /** The socket dies in the middle of the body. */
  | { readonly kind: 'drop' }
  /** Resource Manager and Graph take the token for expired. */
  | { readonly kind: 'expiredToken' }
  /** Resource Manager asks for a second factor. */
  | { readonly kind: 'claimsChallenge' }
  /** The long operation that the request starts will fail. */
  | { readonly kind: 'failedOperation'; readonly code: string; readonly message: string }
  /** No answer ever comes. */
  | { readonly kind: 'hang' }
  /** The service's clock, as its answers' `Date` tells it, is so many seconds ahead, or behind. */
  | { readonly kind: 'clock'; readonly seconds: number }
  /** Resource Manager says that the caller may not, or that the resource is not there. */
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'missing' }
  /** Entra answers with an AADSTS number, and perhaps with the claims that a next request should carry. */
  | { readonly kind: 'aadsts'; readonly code: number; readonly claims?: string }
  /** Entra signs a token that is not as it should be. */
  | TokenFault;

export interface TokenFault {
  readonly kind: 'token';
  /** In place of the usual claims; one of null is left out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The id of the tenant that the token says it is of. */
  readonly issuedBy?: string;
  /** Below zero for one that has run out. */
  readonly lifetimeSeconds?: number;
}

type FaultKind = Fault['kind'];

/** A fault and the requests it meets: every condition given must hold. */
export interface FaultRule {
  readonly fault: Fault;
  readonly service?: ServiceName;
  /** The name of the account whose data plane is called. */
  readonly account?: string;
  readonly method?: string;
  /** A regular expression, without regard to case. */
  readonly path?: string;
  /** The id of the tenant that a token is asked of. */
  readonly tenant?: string;
  /** What the token is for: the audience. */
  readonly resource?: string;
  /** Only where nobody is in front of the screen. */
  readonly silent?: boolean;
  /** How many matching requests pass unharmed before; the page that fails, for one. */
  readonly after?: number;
  /** How many requests are hit: one unless told, 0 for every one. */
  readonly times?: number;
}

/** What a request to Entra is about. */
export interface TokenQuestion {
  readonly tenantId: string;
  readonly resource: string;
  readonly isSilent: boolean;
}

export interface Faults {
  add(rule: FaultRule): void;
  /** The very rule that was added. */
  remove(rule: FaultRule): void;
  clear(): void;
  /** Until they are cleared the next time. */
  readonly cleared: Promise<void>;
  /** Takes the fault that waits for this request among the kinds that the asker can bring about. */
  take<K extends FaultKind>(
    call: Pick<Call, 'service' | 'account' | 'method' | 'path'>,
    kinds: readonly K[],
    question?: TokenQuestion,
  ): Extract<Fault, { kind: K }> | undefined;
}

export function createFaults(): Faults {
  let waiting: { rule: FaultRule; path: RegExp | undefined; pass: number; left: number }[] = [];
  let next = Promise.withResolvers<void>();
  return {
    add(rule) {
      const path = rule.path === undefined ? undefined : new RegExp(rule.path, 'i');
      const left = rule.times === 0 ? Number.POSITIVE_INFINITY : (rule.times ?? 1);
      waiting.push({ rule, path, pass: rule.after ?? 0, left });
    },
    remove(rule) {
      waiting = waiting.filter((entry) => entry.rule !== rule);
    },
    clear() {
      waiting = [];
      next.resolve();
      next = Promise.withResolvers();
    },
    get cleared() {
      return next.promise;
    },
    take<K extends FaultKind>(
      call: Pick<Call, 'service' | 'account' | 'method' | 'path'>,
      kinds: readonly K[],
      question?: TokenQuestion,
    ) {
      // Whoever is told of faults from outside must be told of their end as well.
      if (call.path.startsWith('/local-azure/')) return undefined;
      for (const entry of waiting) {
        const { rule } = entry;
        const met =
          (kinds as readonly string[]).includes(rule.fault.kind) &&
          (rule.service === undefined || rule.service === call.service) &&
          (rule.account === undefined || rule.account.toLowerCase() === call.account?.toLowerCase()) &&
          (rule.method === undefined || rule.method.toUpperCase() === call.method) &&
          (entry.path === undefined || entry.path.test(call.path)) &&
          isAbout(rule, question);
        if (!met) continue;
        if (entry.pass > 0) {
          entry.pass -= 1;
          continue;
        }
        entry.left -= 1;
        if (entry.left <= 0) waiting = waiting.filter((other) => other !== entry);
        return rule.fault as Extract<Fault, { kind: K }>;
      }
      return undefined;
    },
  };
}

function isAbout({ tenant, resource, silent }: FaultRule, question: TokenQuestion | undefined): boolean {
  return (
    (tenant === undefined || tenant === question?.tenantId) &&
    (resource === undefined || (question !== undefined && bare(resource) === bare(question.resource))) &&
    (silent === undefined || silent === question?.isSilent)
  );
}

function bare(audience: string): string {
  return audience.replace(/\/+$/, '').toLowerCase();
}

const services: readonly string[] = ['resourceManager', 'entra', 'graph', 'portal', 'echo', 'accounts'];
const needs: Record<FaultKind, Readonly<Record<string, 'number' | 'string'>>> = {
  latency: { ms: 'number' },
  hold: {},
  status: { status: 'number' },
  malformed: {},
  drop: {},
  expiredToken: {},
  claimsChallenge: {},
  failedOperation: { code: 'string', message: 'string' },
  hang: {},
  clock: { seconds: 'number' },
  forbidden: {},
  missing: {},
  aadsts: { code: 'number' },
  token: {},
};

/** Reads a rule that came from outside; answers what is wrong with it as text. */
export function readFaultRule(value: unknown): FaultRule | string {
  if (!isRecord(value) || !isRecord(value['fault'])) return 'a rule needs a fault';
  const { fault, service, account, method, path, tenant, resource, silent, after, times } = value;
  const wanted = (needs as Record<string, Readonly<Record<string, string>>>)[String(fault['kind'])];
  if (!wanted) return `unknown fault ${String(fault['kind'])}; there are ${Object.keys(needs).join(', ')}`;
  for (const [name, type] of Object.entries(wanted)) {
    if (typeof fault[name] !== type) return `the fault ${String(fault['kind'])} needs ${name}, a ${type}`;
  }
  if (service !== undefined && !(typeof service === 'string' && services.includes(service))) {
    return `services are ${services.join(', ')}`;
  }
  for (const text of [account, method, tenant, resource]) {
    if (text !== undefined && typeof text !== 'string')
      return 'account, method, tenant and resource are text';
  }
  if (silent !== undefined && typeof silent !== 'boolean') return 'silent is true or false';
  if (
    fault['claims'] !== undefined &&
    typeof fault['claims'] !== (fault['kind'] === 'token' ? 'object' : 'string')
  )
    return 'claims are an object in a token, and text in a refusal';
  for (const count of [after, times]) {
    if (count !== undefined && !(Number.isInteger(count) && Number(count) >= 0))
      return 'after and times are counts';
  }
  if (path !== undefined && !isPattern(path)) return 'path is a regular expression';
  return value as unknown as FaultRule;
}

function isPattern(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    return new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
