import type { Call, ServiceName } from './service.ts';

/** Something that goes wrong on demand. */
export type Fault =
  | { readonly kind: 'latency'; readonly ms: number }
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
  /** Entra answers with an AADSTS number. */
  | { readonly kind: 'aadsts'; readonly code: number };

type FaultKind = Fault['kind'];

/** A fault and the requests it meets: every condition given must hold. */
export interface FaultRule {
  readonly fault: Fault;
  readonly service?: ServiceName;
  readonly method?: string;
  /** A regular expression, without regard to case. */
  readonly path?: string;
  /** How many matching requests pass unharmed before; the page that fails, for one. */
  readonly after?: number;
  /** How many requests are hit: one unless told, 0 for every one. */
  readonly times?: number;
}

export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** Takes the fault that waits for this request among the kinds that the asker can bring about. */
  take<K extends FaultKind>(call: Call, kinds: readonly K[]): Extract<Fault, { kind: K }> | undefined;
}

export function createFaults(): Faults {
  let waiting: { rule: FaultRule; path: RegExp | undefined; pass: number; left: number }[] = [];
  return {
    add(rule) {
      const path = rule.path === undefined ? undefined : new RegExp(rule.path, 'i');
      const left = rule.times === 0 ? Number.POSITIVE_INFINITY : (rule.times ?? 1);
      waiting.push({ rule, path, pass: rule.after ?? 0, left });
    },
    clear() {
      waiting = [];
    },
    take<K extends FaultKind>(call: Call, kinds: readonly K[]) {
      for (const entry of waiting) {
        const { rule } = entry;
        const met =
          (kinds as readonly string[]).includes(rule.fault.kind) &&
          (rule.service === undefined || rule.service === call.service) &&
          (rule.method === undefined || rule.method.toUpperCase() === call.method) &&
          (entry.path === undefined || entry.path.test(call.path));
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

const services: readonly string[] = ['resourceManager', 'entra', 'graph', 'portal', 'echo'];
const needs: Record<FaultKind, Readonly<Record<string, 'number' | 'string'>>> = {
  latency: { ms: 'number' },
  status: { status: 'number' },
  malformed: {},
  drop: {},
  expiredToken: {},
  claimsChallenge: {},
  failedOperation: { code: 'string', message: 'string' },
  aadsts: { code: 'number' },
};

/** Reads a rule that came from outside; answers what is wrong with it as text. */
export function readFaultRule(value: unknown): FaultRule | string {
  if (!isRecord(value) || !isRecord(value['fault'])) return 'a rule needs a fault';
  const { fault, service, method, path, after, times } = value;
  const wanted = (needs as Record<string, Readonly<Record<string, string>>>)[String(fault['kind'])];
  if (!wanted) return `unknown fault ${String(fault['kind'])}; there are ${Object.keys(needs).join(', ')}`;
  for (const [name, type] of Object.entries(wanted)) {
    if (typeof fault[name] !== type) return `the fault ${String(fault['kind'])} needs ${name}, a ${type}`;
  }
  if (service !== undefined && !(typeof service === 'string' && services.includes(service))) {
    return `services are ${services.join(', ')}`;
  }
  if (method !== undefined && typeof method !== 'string') return 'method is text';
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
