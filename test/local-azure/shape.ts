import { badRequest } from './armError.ts';
import { isObject } from './json.ts';

/** What a published model says of a member. Members that the model does not know are ignored, as the services do. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'object'
  | { readonly words: readonly string[] }
  | { readonly list: Shape }
  | { readonly members: Readonly<Record<string, Shape>>; readonly required?: readonly string[] };

/** Refuses a value of another shape, by the path of the member that is wrong. */
export function requireShape(value: unknown, shape: Shape, path: string): void {
  if (typeof shape === 'string') {
    if (!isOfType(value, shape)) throw wrong(path, `must be ${article[shape]} ${shape}`);
  } else if ('words' in shape) {
    if (typeof value !== 'string' || !shape.words.includes(value))
      throw wrong(path, `must be one of ${shape.words.join(', ')}`);
  } else if ('list' in shape) {
    if (!Array.isArray(value)) throw wrong(path, 'must be an array');
    for (const [index, item] of value.entries()) requireShape(item, shape.list, `${path}[${index}]`);
  } else {
    if (!isObject(value)) throw wrong(path, 'must be an object');
    const missing = shape.required?.find((name) => !(name in value));
    if (missing !== undefined) throw badRequest(`The member '${path}.${missing}' is required.`);
    for (const [name, inner] of Object.entries(shape.members)) {
      if (name in value) requireShape(value[name], inner, `${path}.${name}`);
    }
  }
}

const article = { string: 'a', boolean: 'a', integer: 'an', object: 'an' } as const;

function isOfType(value: unknown, type: keyof typeof article): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}

function wrong(path: string, problem: string) {
  return badRequest(`The value of '${path}' is not valid: it ${problem}.`, 'InvalidParameterValue');
}
