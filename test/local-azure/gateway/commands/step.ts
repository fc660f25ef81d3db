import type { Encodable } from '../bson/encode.ts';
import type { Row } from '../storage/row.ts';

interface Figures {
  returned: number;
  /** Documents; of an index, its entries. */
  examined: number;
  /** With the time of what is below. */
  milliseconds: number;
}

type Details = { readonly [key: string]: Encodable };

/** One step of a plan, and what came of it so far. Its only input is the step below. */
export interface Step {
  readonly stage: string;
  readonly details?: Details;
  readonly conditions?: Details;
  readonly estimated: number;
  readonly input?: Step;
  readonly figures: Figures;
}

/** A step with its rows, which are looked at as they are asked for, and once. */
export interface Flow {
  readonly step: Step;
  readonly rows: () => Iterable<Row>;
}

/** Counts what is handed on, and times the handing. */
export function measured(described: Omit<Step, 'figures'>, run: (figures: Figures) => Iterable<Row>): Flow {
  const figures: Figures = { returned: 0, examined: 0, milliseconds: 0 };
  const step = { ...described, figures };
  return {
    step,
    *rows() {
      let since = performance.now();
      try {
        for (const row of run(figures)) {
          figures.returned += 1;
          figures.milliseconds += performance.now() - since;
          yield row;
          since = performance.now();
        }
      } finally {
        figures.milliseconds += performance.now() - since;
        // What is not told otherwise looks at what it hands on.
        figures.examined ||= figures.returned;
      }
    },
  };
}

/** A step upon another; without anything to run, all rows pass it. */
export function stepOver(
  below: Flow,
  above: {
    readonly stage: string;
    readonly details?: Details;
    readonly run?: (rows: Iterable<Row>) => Iterable<Row>;
  },
): Flow {
  const { run = (rows: Iterable<Row>) => rows, ...described } = above;
  return measured({ ...described, estimated: below.step.estimated, input: below.step }, () =>
    run(below.rows()),
  );
}

/** Lets everything through to the end. */
export function finished({ rows }: Flow): void {
  const all = rows()[Symbol.iterator]();
  while (all.next().done !== true);
}
