import type { Field } from '../../sessions/schema.ts';
import type { Names } from './names.ts';
import type { Entries, Source } from './shapes.ts';
import type { Literal } from './tokens.ts';

type Fields = readonly Field[];

/** The fields of documents, as far as they can be told without asking for these very documents. */
export async function fieldsOf(source: Source, names: Names, signal: AbortSignal): Promise<Fields> {
  switch (source.kind) {
    case 'unknown':
      return [];
    case 'collection':
      return names.fields(source.database, source.collection, signal);
    case 'inside':
      return fieldAt(await fieldsOf(source.of, names, signal), source.path)?.fields ?? [];
    case 'stage': {
      const before = await fieldsOf(source.of, names, signal);
      const other = (collection: string): Promise<Fields> =>
        names.fields(source.database, collection, signal);
      return behind(source.stage, before, other);
    }
  }
}

/** The field that a path leads to; places in lists are passed over. */
export function fieldAt(fields: Fields, path: string): Field | undefined {
  const names = path.split('.').filter((name) => !/^\d+$/.test(name));
  let found: Field | undefined;
  for (const name of names) {
    found = (found?.fields ?? (found === undefined ? fields : [])).find((one) => one.name === name);
    if (found === undefined) return undefined;
  }
  return found;
}

type Other = (collection: string) => Promise<Fields>;

/** What a stage makes of documents with these fields. */
async function behind(stage: Literal, fields: Fields, other: Other): Promise<Fields> {
  const [name, argument] = (stage.kind === 'object' ? stage.entries[0] : undefined) ?? [];
  if (name === undefined || argument === undefined) return fields;
  const entries = entriesOf(argument);
  const told = (key: string): Literal | undefined => entries.find(([one]) => one === key)?.[1];
  switch (name) {
    case '$project':
      return projected(entries, fields);
    case '$addFields':
    case '$set':
      return entries.reduce((all, [path, made]) => withField(all, path, madeOf(made, fields)), fields);
    case '$unset':
      return (argument.kind === 'array' ? argument.items : [argument]).reduce(
        (all, one) => without(all, textOf(one) ?? ''),
        fields,
      );
    case '$group':
      return entries.map(([key, made]) =>
        key === '_id' ? madeOf(made, fields)(key) : gathered(made, fields)(key),
      );
    case '$bucket':
    case '$bucketAuto': {
      const output = entriesOf(told('output')).map(([key, made]) => gathered(made, fields)(key));
      return [unknownField('_id'), ...(output.length > 0 ? output : [unknownField('count')])];
    }
    case '$setWindowFields':
      return entriesOf(told('output')).reduce(
        (all, [path, made]) => withField(all, path, gathered(made, fields)),
        fields,
      );
    case '$count':
      return [unknownField(textOf(argument) ?? 'count')];
    case '$sortByCount':
      return [madeOf(argument, fields)('_id'), unknownField('count')];
    case '$unwind':
      return unwound(textOf(argument) ?? textOf(told('path')), textOf(told('includeArrayIndex')), fields);
    case '$lookup':
    case '$graphLookup': {
      const [from, as] = [textOf(told('from')), textOf(told('as'))];
      if (as === undefined) return fields;
      const joined = from === undefined ? [] : await other(from);
      return withField(fields, as, (key) => listOf(key, ['object'], joined));
    }
    case '$unionWith': {
      const from = textOf(argument) ?? textOf(told('coll'));
      return from === undefined ? fields : merged(fields, await other(from));
    }
    case '$facet':
      return Promise.all(
        entries.map(async ([key, stages]) => {
          let inside = fields;
          for (const one of stages.kind === 'array' ? stages.items : [])
            inside = await behind(one, inside, other);
          return listOf(key, ['object'], inside);
        }),
      );
    case '$geoNear': {
      const distance = textOf(told('distanceField'));
      return distance === undefined ? fields : withField(fields, distance, unknownField);
    }
    case '$replaceRoot':
      return madeOf(told('newRoot') ?? { kind: 'other' }, fields)('').fields;
    case '$replaceWith':
      return madeOf(argument, fields)('').fields;
    default:
      return fields;
  }
}

/** A field that is still to be named. */
type Made = (name: string) => Field;

const unknownField: Made = (name) => ({ name, types: [], items: [], share: 1, fields: [] });

function listOf(name: string, items: readonly string[], fields: Fields): Field {
  return { name, types: ['array'], items, share: 1, fields };
}

function entriesOf(literal: Literal | undefined): Entries {
  return literal?.kind === 'object' ? literal.entries : [];
}

function textOf(literal: Literal | undefined): string | undefined {
  return literal?.kind === 'string' ? literal.text : undefined;
}

/** What an expression makes. */
function madeOf(made: Literal, fields: Fields): Made {
  if (made.kind === 'string' && made.text.startsWith('$$')) {
    const [variable, ...rest] = made.text.slice(2).split('.');
    const of: Fields = variable === 'ROOT' || variable === 'CURRENT' ? fields : [];
    if (rest.length > 0) return madeOf({ kind: 'string', text: `$${rest.join('.')}` }, of);
    return (name) => ({ ...unknownField(name), types: of.length > 0 ? ['object'] : [], fields: of });
  }
  if (made.kind === 'string' && made.text.startsWith('$')) {
    const found = fieldAt(fields, made.text.slice(1));
    return (name) => ({ ...(found ?? unknownField(name)), name, share: 1 });
  }
  if (made.kind === 'string') return (name) => ({ ...unknownField(name), types: ['string'] });
  const entries = entriesOf(made);
  const [operator, argument] = entries[0] ?? [];
  if (operator === '$mergeObjects' && argument?.kind === 'array') {
    const all = argument.items.map((one) => madeOf(one, fields)('').fields).reduce(merged, []);
    return (name) => ({ ...unknownField(name), types: ['object'], fields: all });
  }
  if (operator === undefined || operator.startsWith('$')) return unknownField;
  const inside = entries.reduce<Fields>((all, [path, one]) => withField(all, path, madeOf(one, fields)), []);
  return (name) => ({ ...unknownField(name), types: ['object'], fields: inside });
}

/** What an accumulator makes. */
function gathered(made: Literal, fields: Fields): Made {
  const [operator = '', argument] = entriesOf(made)[0] ?? [];
  if (argument === undefined) return unknownField;
  switch (operator) {
    case '$first':
    case '$last':
    case '$max':
    case '$min':
      return madeOf(argument, fields);
    case '$push':
    case '$addToSet': {
      const item = madeOf(argument, fields)('');
      return (name) => listOf(name, item.types, item.fields);
    }
    default:
      return unknownField;
  }
}

function projected(entries: Entries, fields: Fields): Fields {
  const isOut = (literal: Literal): boolean =>
    (literal.kind === 'number' && Number(literal.text) === 0) ||
    (literal.kind === 'word' && literal.text === 'false');
  const isIn = (literal: Literal): boolean =>
    (literal.kind === 'number' && !isOut(literal)) || (literal.kind === 'word' && literal.text === 'true');
  const out = entries.filter(([, literal]) => isOut(literal)).map(([path]) => path);
  const rest = entries.filter(([, literal]) => !isOut(literal));
  if (rest.length === 0) return out.reduce(without, fields);
  const id = out.includes('_id') ? [] : fields.filter(({ name }) => name === '_id');
  return rest.reduce<Fields>(
    (all, [path, made]) =>
      isIn(made)
        ? withField(all, path, (name) => ({ ...(fieldAt(fields, path) ?? unknownField(name)), name }))
        : withField(all, path, madeOf(made, fields)),
    id,
  );
}

function unwound(path: string | undefined, index: string | undefined, fields: Fields): Fields {
  const name = path?.replace(/^\$/, '') ?? '';
  const list = fieldAt(fields, name);
  const single =
    list === undefined
      ? fields
      : withField(fields, name, (last) => ({
          ...list,
          name: last,
          types: list.types.flatMap((type) => (type === 'array' ? list.items : [type])),
          items: [],
        }));
  return index === undefined ? single : withField(single, index, unknownField);
}

/** With a field at a path, whatever was there. */
function withField(fields: Fields, path: string, made: Made): Fields {
  const [name = '', ...rest] = path.split('.');
  const known = fields.find((one) => one.name === name);
  const field =
    rest.length === 0
      ? made(name)
      : {
          ...(known ?? { ...unknownField(name), types: ['object'] }),
          fields: withField(known?.fields ?? [], rest.join('.'), made),
        };
  return known === undefined ? [...fields, field] : fields.map((one) => (one === known ? field : one));
}

function without(fields: Fields, path: string): Fields {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return fields.filter((one) => one.name !== name);
  return fields.map((one) =>
    one.name === name ? { ...one, fields: without(one.fields, rest.join('.')) } : one,
  );
}

function merged(fields: Fields, more: Fields): Fields {
  const known = new Set(fields.map(({ name }) => name));
  return [...fields, ...more.filter(({ name }) => !known.has(name))];
}
