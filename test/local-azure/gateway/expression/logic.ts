import { Int32 } from 'bson';
import { isTruthy } from '../bson/number.ts';
import { compare } from '../bson/order.ts';
import { isDoc, isNullish } from '../bson/value.ts';
import type { Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileFields, positional } from './operator.ts';
import type { Compiler, Expression, Operator, OperatorTable } from './operator.ts';

/** Across all types, unlike in a filter. */
function comparison(name: string, verdict: (order: number) => boolean): Operator {
  return positional(name, [2, 2], (a, b) => verdict(compare(a, b)));
}

function compileAll(argument: Value, compiler: Compiler): Expression[] {
  return (Array.isArray(argument) ? argument : [argument]).map((item) => compiler.compile(item));
}

const conditional: Operator = (argument, compiler) => {
  const fields = Array.isArray(argument)
    ? new Map(argument.map((value, index) => [['if', 'then', 'else'][index] ?? 'more', value]))
    : argument;
  const compiled = compileFields('$cond', fields, compiler, ['if', 'then', 'else']);
  return (scope) =>
    isTruthy(compiled['if']?.(scope)) ? compiled['then']?.(scope) : compiled['else']?.(scope);
};

const switching: Operator = (argument, compiler) => {
  if (!isDoc(argument)) throw new CommandError(40_060, '$switch requires an object as an argument');
  const written = argument.get('branches');
  if (!Array.isArray(written) || written.length === 0) {
    throw new CommandError(40_068, '$switch requires at least one branch');
  }
  const branches = written.map((branch) => compileFields('$switch', branch, compiler, ['case', 'then']));
  const fallback = argument.get('default');
  const otherwise = fallback === undefined ? undefined : compiler.compile(fallback);
  return (scope) => {
    const branch = branches.find((candidate) => isTruthy(candidate['case']?.(scope)));
    if (branch) return branch['then']?.(scope);
    if (otherwise) return otherwise(scope);
    throw new CommandError(
      40_066,
      '$switch could not find a matching branch for an input, and no default was specified.',
    );
  };
};

export const logicOperators: OperatorTable = {
  $cmp: positional('$cmp', [2, 2], (a, b) => new Int32(compare(a, b))),
  $eq: comparison('$eq', (order) => order === 0),
  $ne: comparison('$ne', (order) => order !== 0),
  $gt: comparison('$gt', (order) => order > 0),
  $gte: comparison('$gte', (order) => order >= 0),
  $lt: comparison('$lt', (order) => order < 0),
  $lte: comparison('$lte', (order) => order <= 0),
  $and: (argument, compiler) => {
    const parts = compileAll(argument, compiler);
    return (scope) => parts.every((part) => isTruthy(part(scope)));
  },
  $or: (argument, compiler) => {
    const parts = compileAll(argument, compiler);
    return (scope) => parts.some((part) => isTruthy(part(scope)));
  },
  $not: positional('$not', [1, 1], (value) => !isTruthy(value)),
  $cond: conditional,
  $switch: switching,
  $ifNull: (argument, compiler) => {
    const parts = compileAll(argument, compiler);
    if (parts.length < 2) {
      throw new CommandError(1_257_300, `$ifNull needs at least two arguments, had: ${parts.length}`);
    }
    return (scope) => {
      let last: Value | undefined;
      for (const part of parts) {
        last = part(scope);
        if (!isNullish(last)) return last;
      }
      return last;
    };
  },
};
