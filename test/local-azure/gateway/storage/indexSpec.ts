import { Int32 } from 'bson';
import { isTruthy, toNumber } from '../bson/number.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileFilter } from '../query/filter.ts';

export interface IndexSpec {
  readonly name: string;
  readonly key: Doc;
  /** As `listIndexes` prints it. */
  readonly description: Doc;
  readonly unique: boolean;
  readonly sparse: boolean;
  /** Which documents a partial index holds. */
  readonly covers: (doc: Doc) => boolean;
}

/** Options that are kept and printed, whether or not anything here acts on them. */
const keptOptions = ['unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds', 'hidden'];
const ignoredOptions = ['v', 'key', 'name', 'ns', 'background'];

function keyOfIndex(written: Doc): Doc {
  const key = written.get('key');
  if (!isDoc(key) || key.size === 0) {
    throw new CommandError('CannotCreateIndex', 'Index keys cannot be empty.');
  }
  for (const [field, direction] of key) {
    if (field === '') throw new CommandError('CannotCreateIndex', 'Index keys cannot be an empty field.');
    if (direction === 'hashed') continue;
    if (typeof direction === 'string') {
      throw new CommandError(
        'CommandNotSupported',
        `Indexes of type ${direction} are not supported by this emulator`,
      );
    }
    const number = toNumber(direction);
    if (number === undefined || number === 0 || Number.isNaN(number)) {
      throw new CommandError(
        'CannotCreateIndex',
        'Values in the index key pattern must be numbers other than 0',
      );
    }
  }
  return key;
}

function nameOfIndex(key: Doc): string {
  return [...key]
    .map(
      ([field, direction]) => `${field}_${typeof direction === 'string' ? direction : toNumber(direction)}`,
    )
    .join('_');
}

/** Reads an index as a client describes it. */
export function parseIndex(written: Doc): IndexSpec {
  const key = keyOfIndex(written);
  const given = written.get('name');
  const name = typeof given === 'string' && given !== '' ? given : nameOfIndex(key);
  const description: Doc = new Map<string, Value>([
    ['v', new Int32(2)],
    ['key', key],
    ['name', name],
  ]);
  for (const [option, value] of written) {
    if (keptOptions.includes(option)) description.set(option, value);
    else if (!ignoredOptions.includes(option)) {
      throw new CommandError(
        'InvalidOptions',
        `The field '${option}' is not valid for an index specification`,
      );
    }
  }
  const partial = written.get('partialFilterExpression');
  return {
    name,
    key,
    description,
    unique: isTruthy(written.get('unique')),
    sparse: isTruthy(written.get('sparse')),
    covers: isDoc(partial) ? compileFilter(partial) : () => true,
  };
}
