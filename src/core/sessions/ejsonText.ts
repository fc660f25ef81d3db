import type { Bson, Value } from './bson.ts';
import { lineOf } from './ejson.ts';

export type EjsonStyle = 'canonical' | 'relaxed';

/** A value as EJSON that other programs read. */
export function ejsonText(bson: Bson, value: Value, style: EjsonStyle, indent = 0): string {
  const json: unknown = JSON.parse(lineOf(bson, value));
  const text = bson.EJSON.stringify(bson.EJSON.parse(JSON.stringify(json), { relaxed: false }), {
    relaxed: style === 'relaxed',
  });
  return indent === 0 ? text : JSON.stringify(JSON.parse(text), undefined, indent);
}
