import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileExpression, scopeFor } from '../expression/expression.ts';
import type { Variables } from '../expression/expression.ts';
import { Row } from '../storage/row.ts';
import { groupingStages } from './grouping.ts';
import { joiningStages } from './joining.ts';
import { orderingStages } from './ordering.ts';
import { outputStages } from './output.ts';
import { docArgument, shapingStages } from './shaping.ts';
import { watched } from './stage.ts';
import type { PipelineContext, Stage, StageCompiler } from './stage.ts';

function described(name: '$collStats' | '$indexStats' | '$currentOp'): StageCompiler {
  return (argument, context) => {
    const specification = docArgument(name, argument, 40_602);
    return () => context.describe(name, specification).map((doc) => Row.ofDoc(doc));
  };
}

const stages = new Map<string, StageCompiler>(
  Object.entries({
    ...groupingStages,
    ...joiningStages,
    ...orderingStages,
    ...outputStages,
    ...shapingStages,
    $collStats: described('$collStats'),
    $indexStats: described('$indexStats'),
    $currentOp: described('$currentOp'),
  }),
);

/** Stages that the real service knows and this one does not serve. */
const unserved: readonly string[] = `
  $changeStream $densify $fill $geoNear $listLocalSessions $listSessions $planCacheStats $redact
  $search $searchMeta $setWindowFields $vectorSearch
`
  .trim()
  .split(/\s+/);

const onlyFirst: readonly string[] = ['$collStats', '$indexStats', '$currentOp', '$documents'];
const onlyLast: readonly string[] = ['$out', '$merge'];

/** The one field of a stage: its name, and what it is given. */
export function stageOf(written: Value): readonly [name: string, argument: Value] {
  const [entry, ...more] = isDoc(written) ? written : [];
  if (entry && more.length === 0) return entry;
  throw new CommandError(40_323, 'A pipeline stage specification object must contain exactly one field.');
}

/** Everything wrong with a pipeline is found before a document is read. */
export function compilePipeline(written: readonly Value[], context: Omit<PipelineContext, 'compile'>): Stage {
  const within: PipelineContext = {
    ...context,
    compile(inner, variables) {
      if (writesSomewhere(inner)) {
        throw new CommandError(51_047, '$out and $merge are not allowed within another stage');
      }
      return compilePipeline(inner, { ...context, variables });
    },
  };
  const compiled = written.map((item, index) => {
    const [name, argument] = stageOf(item);
    checkPlace(name, index, written.length);
    return stageCompiler(name)(argument, within);
  });
  const { watch } = context;
  return (rows) => compiled.reduce((input, stage) => stage(input), watch ? watched(rows, watch) : rows);
}

function stageCompiler(name: string): StageCompiler {
  const compiler = stages.get(name);
  if (compiler) return compiler;
  if (unserved.includes(name)) {
    throw new CommandError('CommandNotSupported', `Stage ${name} is not supported yet in native pipeline`);
  }
  throw new CommandError('UnrecognizedCommand', `Pipeline stage name not recognized: ${name}`);
}

function checkPlace(name: string, index: number, length: number): void {
  if (onlyFirst.includes(name) && index > 0) {
    throw new CommandError(40_602, `${name} is only valid as the first stage in a pipeline.`);
  }
  if (onlyLast.includes(name) && index < length - 1) {
    throw new CommandError(40_601, `${name} can only be the final stage in the pipeline`);
  }
}

/** Whether a pipeline writes, which a reader may not let it do. */
export function writesSomewhere(written: readonly Value[]): boolean {
  return written.some((stage) => isDoc(stage) && onlyLast.some((name) => stage.has(name)));
}

/** A pipeline's own variables: the command's one moment, and what its `let` computes. */
export function commandVariables(letClause: Doc | undefined): Variables {
  const variables = new Map<string, Value | undefined>([['NOW', new Date()]]);
  for (const [name, value] of letClause ?? []) {
    variables.set(name, compileExpression(value, variables)(scopeFor(new Map(), variables)));
  }
  return variables;
}
