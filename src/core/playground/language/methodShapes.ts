import { either, list, options, value, words } from './shapes.ts';
import type { Shape, Source } from './shapes.ts';

export interface Here {
  readonly source: Source;
  readonly database: string;
}

/** What a method takes at a place. */
export function argumentOf(of: string | undefined, name: string, index: number, here: Here): Shape {
  if (of === undefined && index > 0) return value;
  if (of === undefined && name === 'use') return { kind: 'database' };
  if (of === undefined && name === 'show') return words('dbs collections users roles profile logs');
  if (of === undefined) return value;
  return argumentsOf(of, name, here)?.[index] ?? value;
}

function argumentsOf(of: string, name: string, here: Here): readonly Shape[] | undefined {
  const { source, database } = here;
  const filter: Shape = { kind: 'filter', source };
  const update: Shape = { kind: 'update', source };
  const sort: Shape = { kind: 'sort', source };
  const projection: Shape = { kind: 'projection', source };
  const document: Shape = { kind: 'document', source };
  const pipeline: Shape = { kind: 'pipeline', source, database };
  const several = { upsert: value, arrayFilters: list(value), collation: value, hint: sort, let: value };
  const one = { ...several, sort, projection, returnDocument: words('before after') };
  switch (`${of}.${name}`) {
    case 'Database.getSiblingDB':
    case 'Mongo.getDB':
    case 'Session.getDatabase':
      return [{ kind: 'database' }];
    case 'Database.getCollection':
    case 'Database.createView':
      return [
        { kind: 'collection', database },
        { kind: 'collection', database },
        { kind: 'pipeline', source: { kind: 'unknown' }, database },
      ];
    case 'Database.aggregate':
      return [{ kind: 'pipeline', source: { kind: 'unknown' }, database }];
    case 'Collection.find':
    case 'Collection.findOne':
    case 'Explainable.find':
      return [filter, projection, options({ sort, projection, limit: value, skip: value, hint: sort })];
    case 'Collection.count':
    case 'Collection.countDocuments':
    case 'Explainable.count':
    case 'Bulk.find':
      return [filter];
    case 'Collection.deleteOne':
    case 'Collection.deleteMany':
    case 'Collection.remove':
    case 'Explainable.remove':
      return [filter, options({ collation: value, hint: sort })];
    case 'Collection.findOneAndDelete':
    case 'Explainable.findOneAndDelete':
      return [filter, options(one)];
    case 'Collection.distinct':
    case 'Explainable.distinct':
      return [{ kind: 'field', source }, filter];
    case 'Collection.updateOne':
    case 'Collection.updateMany':
    case 'Collection.update':
    case 'Explainable.update':
      return [filter, update, options(several)];
    case 'Collection.findOneAndUpdate':
    case 'Explainable.findOneAndUpdate':
      return [filter, update, options(one)];
    case 'Collection.replaceOne':
      return [filter, document, options(several)];
    case 'Collection.findOneAndReplace':
    case 'Explainable.findOneAndReplace':
      return [filter, document, options(one)];
    case 'Collection.findAndModify':
    case 'Explainable.findAndModify':
      return [
        options({ ...several, query: filter, update, sort, fields: projection, remove: value, new: value }),
      ];
    case 'BulkFindOp.update':
    case 'BulkFindOp.updateOne':
      return [update];
    case 'BulkFindOp.replaceOne':
    case 'Bulk.insert':
    case 'Collection.insertOne':
      return [document];
    case 'Collection.insert':
    case 'Collection.insertMany':
      return [list(document)];
    case 'Collection.bulkWrite': {
      const change = { filter, update, ...several };
      const steps = {
        insertOne: options({ document }),
        updateOne: options(change),
        updateMany: options(change),
        replaceOne: options({ filter, replacement: document, upsert: value }),
        deleteOne: options({ filter }),
        deleteMany: options({ filter }),
      };
      return [list(options(steps)), options({ ordered: value })];
    }
    case 'Collection.aggregate':
    case 'Explainable.aggregate': {
      // Stages may stand alone, without brackets around them.
      const stage: Shape = { kind: 'stage', source, database };
      return [either(value, pipeline), stage, stage, stage, stage, stage];
    }
    case 'Collection.createIndex':
    case 'Collection.hideIndex':
    case 'Collection.unhideIndex':
    case 'Collection.dropIndex':
      return [sort];
    case 'Collection.createIndexes':
      return [list(sort)];
    case 'Collection.explain':
    case 'Cursor.explain':
    case 'AggregationCursor.explain':
      return [words('queryPlanner executionStats allPlansExecution')];
    case 'Cursor.sort':
    case 'AggregationCursor.sort':
    case 'Cursor.hint':
    case 'Cursor.min':
    case 'Cursor.max':
    case 'BulkFindOp.hint':
      return [sort];
    case 'Cursor.projection':
      return [projection];
    default:
      return undefined;
  }
}
