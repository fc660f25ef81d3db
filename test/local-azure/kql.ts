import { isObject } from './json.ts';
import {
  call,
  compare,
  compareValues,
  functionTypes,
  isNull,
  type ColumnType,
  type Value,
} from './kqlFunctions.ts';
import { KqlError, type Expression, type NamedExpression, type Query, type SortKey } from './kqlSyntax.ts';

export type Row = Readonly<Record<string, Value>>;
export interface Table {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly rows: readonly Row[];
}

/** Runs a query over a table. Errors are those of the query: a name that is not there, a key that cannot be one. */
export function runQuery(query: Query, table: Table): Table {
  let { columns, rows } = table;
  for (const operator of query.operators) {
    switch (operator.kind) {
      case 'where': {
        typeOf(operator.condition, columns);
        rows = rows.filter((row) => evaluate(operator.condition, row) === true);
        break;
      }
      case 'project':
      case 'extend': {
        const keep = operator.kind === 'extend';
        const added = typesOf(operator.columns, columns);
        rows = rows.map((row) => ({ ...(keep && row), ...valuesOf(operator.columns, row) }));
        columns = { ...(keep && columns), ...added };
        break;
      }
      case 'project-away': {
        const kept = Object.keys(columns).filter((name) => !operator.names.includes(name));
        const previous = columns;
        columns = Object.fromEntries(kept.map((name) => [name, previous[name] ?? 'dynamic']));
        rows = rows.map((row) => Object.fromEntries(kept.map((name) => [name, row[name]])));
        break;
      }
      case 'distinct': {
        columns = groupTypes(operator.columns, columns, 'distinct');
        rows = [...groupRows(rows, operator.columns).values()].map(({ key }) => key);
        break;
      }
      case 'summarize': {
        const keys = groupTypes(operator.by, columns, 'summarize');
        const source = columns;
        for (const one of operator.aggregates) checkAggregate(one.expression, source);
        const groups = [...groupRows(rows, operator.by).values()];
        if (operator.by.length === 0 && groups.length === 0) groups.push({ key: {}, rows: [] });
        rows = groups.map((group) => ({
          ...group.key,
          ...Object.fromEntries(
            operator.aggregates.map((one) => [one.name, aggregate(one.expression, group.rows)]),
          ),
        }));
        columns = {
          ...keys,
          ...Object.fromEntries(operator.aggregates.map((one) => [one.name, 'long' as const])),
        };
        break;
      }
      case 'sort': {
        for (const { expression } of operator.keys) refuseDynamic(expression, columns, 'order');
        rows = [...rows].sort((one, other) => compareRows(operator.keys, one, other));
        break;
      }
      case 'take':
        rows = rows.slice(0, operator.count);
        break;
      case 'count':
        rows = [{ Count: rows.length }];
        columns = { Count: 'long' };
        break;
    }
  }
  return { columns, rows };
}

function valuesOf(named: readonly NamedExpression[], row: Row): Row {
  return Object.fromEntries(named.map(({ name, expression }) => [name, evaluate(expression, row)]));
}

function typesOf(named: readonly NamedExpression[], columns: Table['columns']): Record<string, ColumnType> {
  return Object.fromEntries(named.map(({ name, expression }) => [name, typeOf(expression, columns)]));
}

function groupTypes(named: readonly NamedExpression[], columns: Table['columns'], operator: string) {
  for (const { expression } of named) refuseDynamic(expression, columns, operator);
  return typesOf(named, columns);
}

/** Dynamic values have no order and no equality that would do for a key: a query must cast them first. */
function refuseDynamic(expression: Expression, columns: Table['columns'], operator: string): void {
  if (typeOf(expression, columns) !== 'dynamic') return;
  invalid(
    `The key of '${operator}' is of a 'dynamic' type. Please use an explicit cast, such as tostring().`,
  );
}

function groupRows(rows: readonly Row[], by: readonly NamedExpression[]) {
  const groups = new Map<string, { readonly key: Row; readonly rows: Row[] }>();
  for (const row of rows) {
    const key = valuesOf(by, row);
    const text = JSON.stringify(key);
    const group = groups.get(text) ?? { key, rows: [] };
    group.rows.push(row);
    groups.set(text, group);
  }
  return groups;
}

function checkAggregate(expression: Expression, columns: Table['columns']): void {
  if (expression.kind !== 'call' || !['count', 'countif', 'dcount'].includes(expression.name)) {
    invalid('summarize knows count(), countif() and dcount().');
  }
  if (expression.kind === 'call') for (const arg of expression.args) typeOf(arg, columns);
}

function aggregate(expression: Expression, rows: readonly Row[]): number {
  const call = expression.kind === 'call' ? expression : undefined;
  const [arg] = call?.args ?? [];
  if (!arg) return rows.length;
  const values = rows.map((row) => evaluate(arg, row));
  if (call?.name === 'dcount') return new Set(values.map((value) => JSON.stringify(value))).size;
  return values.filter((value) => value === true).length;
}

function compareRows(keys: readonly SortKey[], one: Row, other: Row): number {
  for (const { expression, descending, nullsFirst } of keys) {
    const left = evaluate(expression, one);
    const right = evaluate(expression, other);
    if (isNull(left) || isNull(right)) {
      if (isNull(left) && isNull(right)) continue;
      return isNull(left) === nullsFirst ? -1 : 1;
    }
    const order = compareValues(left, right) ?? 0;
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function invalid(message: string): never {
  throw new KqlError('InvalidQuery', message, { line: 1, column: 0 });
}

/** The type of an expression; refuses names and functions that are not there. */
function typeOf(expression: Expression, columns: Table['columns']): ColumnType {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      if (value === null) return 'dynamic';
      return typeof value === 'string' ? 'string' : typeof value === 'number' ? 'long' : 'bool';
    }
    case 'column':
      return (
        columns[expression.name] ?? invalid(`Failed to resolve scalar expression named '${expression.name}'.`)
      );
    case 'member':
      if (typeOf(expression.of, columns) !== 'dynamic') invalid('Only a dynamic value has members.');
      return 'dynamic';
    case 'compare':
    case 'and':
    case 'or':
      typeOf(expression.left, columns);
      typeOf(expression.right, columns);
      return 'bool';
    case 'in':
      for (const one of [expression.left, ...expression.list]) typeOf(one, columns);
      return 'bool';
    case 'call': {
      const types = expression.args.map((arg) => typeOf(arg, columns));
      if (expression.name === 'coalesce') return types[0] ?? 'dynamic';
      if (expression.name === 'iff' || expression.name === 'iif') return types[1] ?? 'dynamic';
      return functionTypes[expression.name] ?? invalid(`Unknown function: '${expression.name}'.`);
    }
  }
}

function evaluate(expression: Expression, row: Row): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'column':
      return row[expression.name] ?? null;
    case 'member': {
      const of = evaluate(expression.of, row);
      if (Array.isArray(of)) return (of as readonly unknown[])[Number(expression.name)] ?? null;
      return isObject(of) ? (of[String(expression.name)] ?? null) : null;
    }
    case 'and':
      return evaluate(expression.left, row) === true && evaluate(expression.right, row) === true;
    case 'or':
      return evaluate(expression.left, row) === true || evaluate(expression.right, row) === true;
    case 'in': {
      const left = evaluate(expression.left, row);
      const operator = expression.operator.endsWith('~') ? '=~' : '==';
      const found = expression.list.some((one) => compare(operator, left, evaluate(one, row)) === true);
      return expression.operator.startsWith('!') ? !found : found;
    }
    case 'compare':
      return compare(expression.operator, evaluate(expression.left, row), evaluate(expression.right, row));
    case 'call':
      return call(
        expression.name,
        expression.args.map((arg) => evaluate(arg, row)),
      );
  }
}
