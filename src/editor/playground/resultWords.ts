import * as vscode from 'vscode';
import type { Chart, ChartOrder } from '../../core/playground/results/chart.ts';
import type { Cost, Plan, Stage } from '../../core/playground/results/plan.ts';
import type { Outcome } from '../../core/playground/run.ts';
import type { ChartView, PlanView, StageView, Words } from '../../webview/resultsProtocol.ts';

/** `3,412 documents · 1.2 MB · 84 ms`, as far as it is known; what is only one value is there itself. */
export function aboutWords({ value, took, state }: Outcome, preview: string | undefined): string {
  const parts: string[] = [];
  if (state === 'running') parts.push(vscode.l10n.t('running'));
  if (state === 'failed') parts.push(vscode.l10n.t('failed'));
  if (state === 'stopped') parts.push(vscode.l10n.t('stopped'));
  switch (value.kind) {
    case 'nothing':
      if (state === 'done') parts.push(vscode.l10n.t('no result'));
      break;
    case 'text':
      parts.push(vscode.l10n.t('text'));
      break;
    case 'value':
      parts.push(preview ?? vscode.l10n.t('value'));
      break;
    case 'documents': {
      const { count, size } = value.rows;
      parts.push(
        value.hasMore
          ? vscode.l10n.t('{0} documents and more', numberText(count))
          : count === 1
            ? vscode.l10n.t('1 document')
            : vscode.l10n.t('{0} documents', numberText(count)),
      );
      if (count > 0) parts.push(sizeText(size));
    }
  }
  if (took !== undefined) parts.push(timeText(took));
  return parts.join(' · ');
}

export function numberText(value: number): string {
  return new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: 3 }).format(value);
}

export function sizeText(bytes: number): string {
  const units = [
    [2 ** 30, 'GB'],
    [2 ** 20, 'MB'],
    [2 ** 10, 'kB'],
  ] as const;
  const [size, unit] = units.find(([least]) => bytes >= least) ?? [1, 'B'];
  const digits = size === 1 || bytes / size >= 100 ? 0 : 1;
  const number = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: digits });
  return `${number.format(bytes / size)} ${unit}`;
}

export function timeText(ms: number): string {
  const number = (value: number, digits: number): string =>
    new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: digits }).format(value);
  if (ms < 1000) return vscode.l10n.t('{0} ms', number(ms, ms < 10 ? 1 : 0));
  if (ms < 60_000) return vscode.l10n.t('{0} s', number(ms / 1000, 1));
  return vscode.l10n.t('{0} min', number(ms / 60_000, 1));
}

export function chartView(chart: Chart, { x, y, of }: ChartOrder): ChartView {
  const { along, points, left, skipped } = chart;
  const what =
    of === 'count' || y === undefined
      ? vscode.l10n.t('Number of documents by {0}', x)
      : of === 'sum'
        ? vscode.l10n.t('Sum of {0} by {1}', y, x)
        : vscode.l10n.t('Average of {0} by {1}', y, x);
  const largest = points.reduce<(typeof points)[number] | undefined>(
    (best, point) => (best === undefined || point.value > best.value ? point : best),
    undefined,
  );
  const smallest = points.reduce<(typeof points)[number] | undefined>(
    (best, point) => (best === undefined || point.value < best.value ? point : best),
    undefined,
  );
  const summary =
    largest === undefined || smallest === undefined
      ? what
      : vscode.l10n.t(
          '{0}: {1} points, the least {2} ({3}), the most {4} ({5}).',
          what,
          numberText(points.length),
          numberText(smallest.value),
          smallest.label,
          numberText(largest.value),
          largest.label,
        );
  const notes: string[] = [];
  if (left > 0)
    notes.push(
      vscode.l10n.t(
        'The first {0} values are drawn, {1} more are not. Group them in the query to see all.',
        numberText(points.length),
        numberText(left),
      ),
    );
  if (skipped > 0)
    notes.push(
      vscode.l10n.t(
        '{0} documents are not in it: they have no such field, or no number there.',
        numberText(skipped),
      ),
    );
  return { along, points, summary, left: notes.join(' ') };
}

export function planView(plan: Plan): PlanView {
  const { returned, keysExamined, docsExamined, ms, namespace } = plan;
  const facts = [
    ...(namespace === undefined ? [] : [namespace]),
    ...(returned === undefined ? [] : [vscode.l10n.t('{0} returned', numberText(returned))]),
    ...(docsExamined === undefined
      ? []
      : [vscode.l10n.t('{0} documents examined', numberText(docsExamined))]),
    ...(keysExamined === undefined ? [] : [vscode.l10n.t('{0} keys examined', numberText(keysExamined))]),
    ...(ms === undefined ? [] : [timeText(ms)]),
    ...(plan.isMeasured ? [] : [vscode.l10n.t('planned, not run: explain("executionStats") measures it')]),
  ];
  return { summary: facts.join(' · '), root: stageView(plan.root) };
}

function stageView({
  name,
  index,
  returned,
  keysExamined,
  docsExamined,
  ms,
  costs,
  inputs,
}: Stage): StageView {
  const facts: { name: string; value: string }[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) facts.push({ name, value });
  };
  const number = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : numberText(value);
  add(vscode.l10n.t('index'), index);
  add(vscode.l10n.t('returned'), number(returned));
  add(vscode.l10n.t('keys examined'), number(keysExamined));
  add(vscode.l10n.t('documents examined'), number(docsExamined));
  add(vscode.l10n.t('time'), ms === undefined ? undefined : timeText(ms));
  return { name, facts, costs: costs.map(costWords), inputs: inputs.map(stageView) };
}

function costWords(cost: Cost): string {
  switch (cost.code) {
    case 'scansAll':
      return vscode.l10n.t(
        'Reads the whole collection, {0} documents. An index on the fields of the filter would read fewer.',
        numberText(cost.examined),
      );
    case 'examinesMore':
      return vscode.l10n.t(
        'Examines {0} to return {1}. An index with more fields of the filter in it would examine fewer.',
        numberText(cost.examined),
        numberText(cost.returned),
      );
    case 'sortsInMemory':
      return cost.sorted === undefined
        ? vscode.l10n.t(
            'Sorts in memory: nothing is returned before all is read. An index in this order would not have to.',
          )
        : vscode.l10n.t(
            'Sorts {0} documents in memory: nothing is returned before all is read. An index in this order would not have to.',
            numberText(cost.sorted),
          );
    case 'spills':
      return vscode.l10n.t('Did not fit into memory and went to disk.');
    case 'slowest':
      return vscode.l10n.t('Takes {0} of {1} by itself.', timeText(cost.ms), timeText(cost.of));
  }
}

export function pageWords(): Words {
  return {
    results: vscode.l10n.t('Results'),
    statements: vscode.l10n.t('Statements of the run'),
    toolbar: vscode.l10n.t('Result'),
    view: vscode.l10n.t('View'),
    table: vscode.l10n.t('Table'),
    tree: vscode.l10n.t('Tree'),
    chart: vscode.l10n.t('Chart'),
    plan: vscode.l10n.t('Plan'),
    json: vscode.l10n.t('JSON'),
    ejson: vscode.l10n.t('EJSON'),
    relaxed: vscode.l10n.t('relaxed'),
    canonical: vscode.l10n.t('canonical'),
    more: vscode.l10n.t('Load More'),
    all: vscode.l10n.t('Load All'),
    stop: vscode.l10n.t('Stop'),
    copy: vscode.l10n.t('Copy'),
    copyCell: vscode.l10n.t('Copy Value'),
    copyDocument: vscode.l10n.t('Copy Document'),
    copyTable: vscode.l10n.t('Copy for a Spreadsheet'),
    copyMarkdown: vscode.l10n.t('Copy as Markdown'),
    export: vscode.l10n.t('Export…'),
    edit: vscode.l10n.t('Edit Document'),
    open: vscode.l10n.t('Open or Close'),
    sort: vscode.l10n.t('Sort'),
    sortHint: vscode.l10n.t('Enter sorts what is loaded, Shift with an arrow changes the width.'),
    ascending: vscode.l10n.t('sorted upwards, as far as it is loaded'),
    descending: vscode.l10n.t('sorted downwards, as far as it is loaded'),
    unsorted: vscode.l10n.t('as it came'),
    loading: vscode.l10n.t('Loading…'),
    sorting: vscode.l10n.t('Sorting…'),
    missing: vscode.l10n.t('no such field'),
    waiting: vscode.l10n.t('…'),
    printed: vscode.l10n.t('Printed'),
    running: vscode.l10n.t('Running'),
    done: vscode.l10n.t('Done'),
    failed: vscode.l10n.t('Failed'),
    stopped: vscode.l10n.t('Stopped'),
    empty: vscode.l10n.t('Nothing has been run yet. Run the playground, or a statement of it.'),
    document: vscode.l10n.t('Document {0}'),
    furtherParts: vscode.l10n.t('{0} more…'),
    bar: vscode.l10n.t('Bars'),
    line: vscode.l10n.t('Line'),
    shape: vscode.l10n.t('Shape'),
    along: vscode.l10n.t('Along'),
    upwards: vscode.l10n.t('Up'),
    of: vscode.l10n.t('Of equal ones'),
    sum: vscode.l10n.t('sum'),
    average: vscode.l10n.t('average'),
    count: vscode.l10n.t('number of documents'),
    asTable: vscode.l10n.t('Numbers'),
    nothingToDraw: vscode.l10n.t('There is nothing to draw: choose other columns.'),
    costly: vscode.l10n.t('costly'),
    chooseRow: vscode.l10n.t('There is no document to do this with.'),
    rowsSelected: vscode.l10n.t('{0} rows selected'),
  };
}
