import type { Doc } from '../bson/value.ts';
import { compileFilter } from '../query/filter.ts';
import { compileProjection } from '../query/projection.ts';
import { sortBy } from '../query/sort.ts';
import { Row } from '../storage/row.ts';
import { count as countArgument, doc } from './arguments.ts';
import type { Source } from './source.ts';

const EMPTY: Doc = new Map();

/** Every option is checked here; the rows are only looked at when they are asked for. */
export function findRows(body: Doc, source: Source, name: string): Iterable<Row> {
  const filterDoc = doc(body, 'filter') ?? EMPTY;
  const { variables } = source;
  const filter = filterDoc.size > 0 ? compileFilter(filterDoc, variables) : undefined;
  const sort = doc(body, 'sort') ?? EMPTY;
  const projectionDoc = doc(body, 'projection') ?? EMPTY;
  const projection =
    projectionDoc.size > 0 ? compileProjection(projectionDoc, { find: true, variables }) : undefined;
  const positional = [...projectionDoc.keys()].some((key) => key.endsWith('.$'));
  const skip = countArgument(body, 'skip') ?? 0;
  const limit = countArgument(body, 'limit') || Infinity;

  const chosen = function* (): Generator<Row> {
    for (const row of source.rows(name, filterDoc)) if (!filter || filter(row.doc)) yield row;
  };
  return (function* () {
    let at = 0;
    const ordered = sort.size > 0 ? sortBy(chosen(), (row) => row.doc, sort) : chosen();
    for (const row of ordered) {
      if (at++ < skip) continue;
      const trace = { index: undefined };
      if (positional) filter?.(row.doc, trace);
      yield projection ? Row.ofDoc(projection(row.doc, trace)) : row;
      if (at >= skip + limit) return;
    }
  })();
}
