import { expressionMember, joinMember, stageArgument } from './stageShapes.ts';
import { expression, list, options, value, words } from './shapes.ts';
import type { Entries, Shape, Source } from './shapes.ts';
import type { Literal } from './tokens.ts';

/** What belongs behind a key, and behind other keys before it. */
export function memberShape(shape: Shape, key: string, before: Entries): Shape {
  switch (shape.kind) {
    case 'filter':
      return filterMember(shape.source, key);
    case 'condition':
      return conditionMember(shape, key);
    case 'projection':
      return key === '$elemMatch' ? { kind: 'filter', source: shape.source } : expression(shape.source);
    case 'computed':
      return expression(shape.source);
    case 'update':
      return key.startsWith('$') ? { kind: 'assignments', source: shape.source, operator: key } : value;
    case 'assignments':
      return assignmentOf(shape.source, shape.operator, key);
    case 'document':
      return { kind: 'document', source: { kind: 'inside', of: shape.source, path: key } };
    case 'stage':
      return stageArgument(shape, key);
    case 'expression':
      return expressionMember(shape.source, key);
    case 'group':
      return key === '_id' ? expression(shape.source) : { kind: 'accumulator', source: shape.source };
    case 'accumulators':
      return { kind: 'accumulator', source: shape.source };
    case 'accumulator':
      return key === 'window' ? value : expressionMember(shape.source, key);
    case 'join':
      return joinMember(shape, key, before);
    case 'options':
      return (Object.hasOwn(shape.options, key) ? shape.options[key] : undefined) ?? value;
    case 'each':
      return shape.of;
    case 'either':
      return memberShape(shape.inside, key, before);
    case 'pipeline':
      // A stage that stands alone.
      return memberShape({ ...shape, kind: 'stage' }, key, before);
    case 'list':
      return memberShape(shape.of, key, before);
    case 'sort':
      return { kind: 'direction' };
    case 'field':
    case 'collection':
    case 'database':
    case 'direction':
    case 'words':
    case 'value':
      return value;
  }
}

/** What belongs into brackets, behind what is in there before it. */
export function itemShape(shape: Shape, before: readonly Literal[]): Shape {
  switch (shape.kind) {
    case 'pipeline': {
      const { source, database } = shape;
      const reshaped = before.reduce<Source>((of, stage) => ({ kind: 'stage', of, database, stage }), source);
      return { kind: 'stage', source: reshaped, database };
    }
    case 'list':
      return shape.of;
    case 'either':
      return itemShape(shape.inside.kind === 'options' ? shape.text : shape.inside, before);
    case 'expression':
    case 'field':
      return shape;
    // An update may be a pipeline.
    case 'update':
      return itemShape({ kind: 'pipeline', source: shape.source, database: '' }, before);
    case 'document':
      return shape;
    case 'filter':
    case 'condition':
    case 'projection':
    case 'computed':
    case 'assignments':
    case 'stage':
    case 'group':
    case 'accumulators':
    case 'accumulator':
    case 'join':
    case 'options':
    case 'each':
    case 'sort':
    case 'collection':
    case 'database':
    case 'direction':
    case 'words':
    case 'value':
      return value;
  }
}

function filterMember(source: Source, key: string): Shape {
  switch (key) {
    case '$and':
    case '$or':
    case '$nor':
      return list({ kind: 'filter', source });
    case '$expr':
      return expression(source);
    case '$text':
      return options({ $search: value, $language: value, $caseSensitive: value, $diacriticSensitive: value });
    default:
      return key.startsWith('$') ? value : { kind: 'condition', source, path: key };
  }
}

function conditionMember({ source, path }: Extract<Shape, { kind: 'condition' }>, key: string): Shape {
  switch (key) {
    case '$elemMatch':
      return { kind: 'filter', source: { kind: 'inside', of: source, path } };
    case '$not':
      return { kind: 'condition', source, path };
    case '$type':
      return words(types);
    case '$in':
    case '$nin':
    case '$all':
      return list(value);
    default:
      return key.startsWith('$') ? value : { kind: 'condition', source, path: `${path}.${key}` };
  }
}

function assignmentOf(source: Source, operator: string, key: string): Shape {
  switch (operator) {
    case '$push':
    case '$addToSet': {
      const inside: Source = { kind: 'inside', of: source, path: key };
      return options({
        $each: list(value),
        $slice: value,
        $sort: { kind: 'sort', source: inside },
        $position: value,
      });
    }
    case '$pull':
      return { kind: 'condition', source, path: key };
    case '$currentDate':
      return options({ $type: words('date timestamp') });
    case '$bit':
      return options({ and: value, or: value, xor: value });
    case '$rename':
      return { kind: 'field', source };
    default:
      return value;
  }
}

/** As `$type` spells them. */
export const types =
  'double string object array binData objectId bool date null regex int long decimal timestamp minKey maxKey';
