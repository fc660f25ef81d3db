import assert from 'node:assert/strict';
import { statementAt, statementsOf } from '../../src/core/playground/language/statements.ts';
import { effort } from './effort.ts';
import { cursorIn } from './playgroundStage.ts';

const texts = (text: string): readonly string[] => statementsOf(text).statements.map(({ text }) => text);

describe('the statements of a playground', () => {
  it('have their text, their place and their lines', () => {
    const text =
      "// Orders.\nuse('shop');\n\ndb.orders\n  .find({ a: 1 })\n  .limit(3) // three\nprint(1);print(2)\n";
    const { statements, problem } = statementsOf(text);
    assert.equal(problem, undefined);
    assert.deepEqual(
      statements.map(({ text, line, lastLine }) => [text, line, lastLine]),
      [
        ["use('shop');", 1, 1],
        ['db.orders\n  .find({ a: 1 })\n  .limit(3)', 3, 5],
        ['print(1);', 6, 6],
        ['print(2)', 6, 6],
      ],
    );
    for (const { from, to, text: its } of statements) assert.equal(text.slice(from, to), its);
  });

  it('wait by themselves: an await at the top is none, as in mongosh', () => {
    const { problem } = statementsOf('1\nconst a = await f()');
    assert.deepEqual([problem?.code, problem?.line, problem?.from, problem?.to], ['awaitOutside', 1, 12, 17]);
    assert.equal(statementsOf('const f = async () => { await 1 }').problem, undefined);
  });

  it('are those of the newest JavaScript', () => {
    assert.equal(
      statementsOf('const { a, ...b } = f?.() ?? 1n ** 2n;\na ||= class { #x = /y/v }').problem,
      undefined,
    );
  });

  it('are counted by line ends of any kind', () => {
    assert.deepEqual(
      statementsOf('a\r\n\r\nb\r\n').statements.map(({ line }) => line),
      [0, 2],
    );
  });

  it('are none where there is nothing but comments', () => {
    assert.deepEqual(statementsOf('// a\n/* b */;;\n'), { statements: [], problem: undefined });
  });

  describe('of which one is broken', () => {
    const rows: readonly (readonly [string, readonly string[], string])[] = [
      ['a()\nb({ c: 1 )\nd()\n', ['a()', 'd()'], '1 unexpected )'],
      ['a()\nb({\n\nc()\n', ['a()', 'c()'], '3 unexpectedEnd '],
      ['a()\nfunction f() {\n  b()\n\nc()', ['a()', 'c()'], '4 unexpectedEnd '],
      ["f(`\ng();\nh()\n`)\n'x", ['f(`\ng();\nh()\n`)'], "4 openString 'x"],
      ["a()\n'x\nc()", ['a()', 'c()'], "1 openString 'x"],
      ["a()\nb('x)\nc()", ['a()', 'c()'], "1 openString 'x)"],
      ['a()\nb(`x)\n', ['a()'], '1 openTemplate x)'],
      ['a()\n/* b\n', ['a()'], '1 openComment /* b'],
      ['a(/x\n', [], '0 openPattern x'],
      ['a(/(/)\n', [], '0 badPattern ('],
      ['const a = 1\nconst a = 2\nb()', ['const a = 1', 'b()'], '1 nameTaken a'],
      ['return 1\na()', ['a()'], '0 returnOutside return'],
      ['1 = a\nb()', ['b()'], '0 notAssignable 1'],
      ['a = 3b\n', [], '0 badNumber b'],
      ['db.', [], '0 unexpectedEnd '],
    ];
    for (const [text, left, expected] of rows)
      it(`are given without it: ${JSON.stringify(text)}`, () => {
        const { statements, problem } = statementsOf(text);
        assert.deepEqual(
          statements.map((one) => one.text),
          left,
        );
        assert.ok(problem !== undefined);
        assert.equal(`${problem.line} ${problem.code} ${problem.what}`, expected);
        assert.ok(problem.from < problem.to && problem.to <= text.length);
      });
  });

  it('of many broken lines take no time without end', () => {
    const text = 'a({\n'.repeat(5000);
    const spent = effort();
    assert.ok(statementsOf(text).problem !== undefined);
    assert.ok(spent() < 2000);
  });

  describe('under a cursor', () => {
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['a()\nb|()\n', 'b()'],
      ['a()|\nb()\n', 'a()'],
      ['f(\n  |1,\n)\ng()', 'f(\n  1,\n)'],
      ['aaaaaa(|b); c()', 'aaaaaa(b);'],
      ['a(); b(c|cccccc)', 'b(ccccccc)'],
      ['a()   | // comment\nb()', 'a()'],
      ['a();   | b();', 'b();'],
      ['a()\n|\nb()', undefined],
      ['// |comment\na()', undefined],
      ['  |  a()', 'a()'],
    ];
    for (const [marked, expected] of rows)
      it(`is ${expected ?? 'none'} in ${JSON.stringify(marked)}`, () => {
        const { text, offset } = cursorIn(marked);
        const line = text.slice(0, offset).split('\n').length - 1;
        assert.equal(statementAt(statementsOf(text).statements, { line, offset })?.text, expected);
      });
  });

  it('keep their own text in a template with a line at its left edge', () => {
    assert.deepEqual(texts('print(`\nprint(1)\n`)\nb()'), ['print(`\nprint(1)\n`)', 'b()']);
  });

  it('may be more than one call takes, or deeper than any script', function () {
    this.timeout(30_000);
    assert.equal(statementsOf('1;\n'.repeat(200_000)).statements.length, 200_000);
    assert.equal(statementsOf('['.repeat(200_000)).statements.length, 0);
  });
});
