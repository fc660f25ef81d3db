/** The right answers of a local Azure, kept, and one of them with a field that is of no right shape. */
import type { Answer, Call, Door } from '../../src/core/azure/door.ts';

type Path = readonly (string | number)[];

/** What a field is replaced by; undefined: it is left out. */
const shapes: readonly (readonly [string, unknown])[] = [
  ['nothing', null],
  ['a number', 7],
  ['a text', 'quite something else'],
  ['no list', []],
  ['an object', { a: { b: 1 } }],
  ['a long text', 'x'.repeat(200_000)],
  ['left out', undefined],
];

/** One field of one answer, and what is there in its place. */
export interface Misshape {
  readonly what: string;
  readonly shape: string;
  readonly field: string;
  readonly key: string;
  readonly path: Path;
  readonly was: unknown;
  readonly value: unknown;
}

/** `first`: so many of a list are looked at. */
export function kept(first = 2) {
  const answers = new Map<string, Promise<Answer>>();
  let misshape: Misshape | undefined;
  const exchange = async (door: Door, call: Call): Promise<Answer> => {
    const key = JSON.stringify([call.method, call.service, call.address, call.apiVersion, call.body]);
    const asked = answers.get(key) ?? door.exchange(call);
    if (misshape === undefined) answers.set(key, asked);
    const answer = await asked;
    return {
      ...answer,
      body: misshape?.key === key ? at(answer.body, misshape.path, misshape.value) : answer.body,
    };
  };
  return {
    door: (door: Door): Door => ({
      ...door,
      send: async (call) => (await exchange(door, call)).body,
      exchange: (call) => exchange(door, call),
    }),
    /** From now on no new answer is kept. */
    use(one: Misshape | undefined) {
      misshape = one;
    },
    async misshapes(): Promise<readonly Misshape[]> {
      const all: Misshape[] = [];
      for (const [key, asked] of answers) {
        const answer = await asked.catch(() => undefined);
        if (answer === undefined) continue;
        const below = pathsOf(answer.body, first);
        // Of a list that was whole there may seem to be more.
        const isList = below.some(([name]) => name === 'value');
        for (const path of isList ? [...below, ['nextLink']] : below)
          for (const [shape, value] of shapes) {
            const [, , address = ''] = JSON.parse(key) as string[];
            const short = address.split('?')[0]?.split('/').slice(-2).join('/') ?? '';
            const field = path.join('.');
            const was = path.reduce(
              (one: unknown, name) => (one as Record<string | number, unknown>)[name],
              answer.body,
            );
            all.push({ what: `${short} ${field}: ${shape}`, shape, field, key, path, was, value });
          }
      }
      return all;
    },
  };
}

/** Another word, and a list without one or all of what was in it, are answers in their own right. */
export function isAnotherAnswer({ shape, was, path, field }: Misshape): boolean {
  if (shape.endsWith('text')) return typeof was === 'string';
  if (shape === 'no list') return Array.isArray(was);
  if (shape === 'left out') return typeof path.at(-1) === 'number' || /Provider$|Identity$/.test(field);
  // What no identity is with is a user with a password.
  return shape === 'nothing' && /identityProvider$|externalIdentity$/.test(field);
}

/** Every field, and the whole; of a long list its first. */
function pathsOf(value: unknown, first: number, before: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [before];
  const below = Array.isArray(value)
    ? value.slice(0, first).flatMap((one, index) => pathsOf(one, first, [...before, index]))
    : Object.entries(value).flatMap(([name, one]) => pathsOf(one, first, [...before, name]));
  return [before, ...below];
}

function at(body: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  const copy: unknown = Array.isArray(body) ? [...(body as unknown[])] : { ...(body as object) };
  const fields = copy as Record<string | number, unknown>;
  const inside = rest.length === 0 ? value : at(fields[first], rest, value);
  if (inside !== undefined) fields[first] = inside;
  else if (Array.isArray(copy)) copy.splice(Number(first), 1);
  else delete fields[first];
  return copy;
}
