import { Long } from 'bson';
import { isDoc, isNullish } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileExpression, scopeFor } from '../expression/expression.ts';
import { nameOfType } from '../expression/operator.ts';
import { compileFilter } from '../query/filter.ts';
import { splitPath } from '../query/path.ts';
import type { Path } from '../query/path.ts';
import { compileAddition, compileProjection, compileRemoval } from '../query/projection.ts';
import { Row } from '../storage/row.ts';
import type { Stage, StageCompiler, StageTable } from './stage.ts';

export function docArgument(name: string, value: Value, code: number): Doc {
  if (isDoc(value)) return value;
  throw new CommandError(
    code,
    `the ${name} stage specification must be an object, but was ${nameOfType(value)}`,
  );
}

function mapDocs(change: (doc: Doc) => Doc): Stage {
  return function* (rows) {
    for (const row of rows) yield Row.ofDoc(change(row.doc));
  };
}

const match: StageCompiler = (argument, { variables }) => {
  const filter = compileFilter(docArgument('$match', argument, 15_959), variables);
  return function* (rows) {
    for (const row of rows) if (filter(row.doc)) yield row;
  };
};

const project: StageCompiler = (argument, { variables }) => {
  const specification = docArgument('$project', argument, 15_969);
  if (specification.size === 0) {
    throw new CommandError(
      51_272,
      'Invalid $project :: caused by :: projection specification must have at least one field',
    );
  }
  return mapDocs(compileProjection(specification, { find: false, variables }));
};

const addFields: StageCompiler = (argument, { variables }) =>
  mapDocs(compileAddition(docArgument('$addFields', argument, 40_272), variables));

const unset: StageCompiler = (argument) => {
  const fields = (Array.isArray(argument) ? argument : [argument]).map((field) => {
    if (typeof field === 'string' && field !== '') return field;
    throw new CommandError(
      31_002,
      '$unset specification must be a string or an array containing only string values',
    );
  });
  if (fields.length === 0)
    throw new CommandError(
      31_119,
      '$unset specification must be a string or an array with at least one field',
    );
  return mapDocs(compileRemoval(fields));
};

function replacement(name: string, expression: Value): StageCompiler {
  return (_, { variables }) => {
    const compiled = compileExpression(expression, variables);
    return mapDocs((doc) => {
      const made = compiled(scopeFor(doc, variables));
      if (isDoc(made)) return made;
      throw new CommandError(
        40_228,
        `'newRoot' expression must evaluate to an object, but resulting value of ${name} was of type: ${nameOfType(made)}`,
      );
    });
  };
}

interface Unwinding {
  readonly path: Path;
  readonly index: string | undefined;
  readonly preserve: boolean;
}

function parseUnwind(argument: Value): Unwinding {
  const fields: Doc = isDoc(argument) ? argument : new Map([['path', argument]]);
  const path = fields.get('path');
  if (typeof path !== 'string')
    throw new CommandError(28_808, 'expected a string as the path for $unwind stage');
  if (!path.startsWith('$'))
    throw new CommandError(28_818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  const index = fields.get('includeArrayIndex');
  if (index !== undefined && (typeof index !== 'string' || index === '' || index.startsWith('$'))) {
    throw new CommandError(
      28_810,
      'expected a non-empty string for the includeArrayIndex option to $unwind stage',
    );
  }
  for (const key of fields.keys()) {
    if (!['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'].includes(key)) {
      throw new CommandError(28_811, `unrecognized option to $unwind stage: ${key}`);
    }
  }
  const preserve = fields.get('preserveNullAndEmptyArrays') === true;
  return { path: splitPath(path.slice(1)), index, preserve };
}

/** The document with another value at a path, everything beside it shared. */
export function withValue(doc: Doc, path: Path, value: Value | undefined): Doc {
  const [name = '', ...rest] = path;
  const copy = new Map(doc);
  if (rest.length > 0) {
    const inner = doc.get(name);
    copy.set(name, withValue(isDoc(inner) ? inner : new Map(), rest, value));
  } else if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

function valueIn(doc: Doc, path: Path): Value | undefined {
  let value: Value | undefined = doc;
  for (const name of path) value = isDoc(value) ? value.get(name) : undefined;
  return value;
}

const unwind: StageCompiler = (argument) => {
  const { path, index, preserve } = parseUnwind(argument);
  const placed = (doc: Doc, place: number | undefined): Row => {
    if (index === undefined) return Row.ofDoc(doc);
    return Row.ofDoc(withValue(doc, splitPath(index), place === undefined ? null : Long.fromNumber(place)));
  };
  return function* (rows) {
    for (const { doc } of rows) {
      const value = valueIn(doc, path);
      if (Array.isArray(value) && value.length > 0) {
        for (const [place, item] of value.entries()) yield placed(withValue(doc, path, item), place);
      } else if (!Array.isArray(value) && !isNullish(value)) {
        yield placed(doc, undefined);
      } else if (preserve) {
        yield placed(Array.isArray(value) ? withValue(doc, path, undefined) : doc, undefined);
      }
    }
  };
};

export const shapingStages: StageTable = {
  $match: match,
  $project: project,
  $addFields: addFields,
  $set: addFields,
  $unset: unset,
  $unwind: unwind,
  $replaceWith: (argument, context) => replacement('$replaceWith', argument)(argument, context),
  $replaceRoot: (argument, context) => {
    const root = docArgument('$replaceRoot', argument, 40_229).get('newRoot');
    if (root === undefined) throw new CommandError(40_231, 'no newRoot specified for the $replaceRoot stage');
    return replacement('$replaceRoot', root)(root, context);
  },
};
