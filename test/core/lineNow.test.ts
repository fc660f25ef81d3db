import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineNow } from '../../src/core/playground/lineNow.ts';

describe('a line of a text that changes', () => {
  const before = ['// where', '', 'one()', 'fails()', '}', 'two()', '}'];
  const at = (now: readonly string[], line = 3): number | undefined =>
    lineNow(before.join('\n'), now.join('\n'), line);
  const [head, rest] = [before.slice(0, 3), before.slice(3)];

  it('moves with what comes above it, and stays with what comes below', () => {
    assert.equal(at(before), 3);
    assert.equal(at(['new', ...before]), 4);
    assert.equal(at(before.slice(2)), 1);
    assert.equal(at([...before, 'new', 'new']), 3);
    assert.equal(at([...head, '', ...rest]), 4);
    assert.equal(at(['new', ...head, 'fails()', 'new', ...before.slice(4)]), 4);
  });

  it('is nowhere once it is another one', () => {
    assert.equal(at([...head, 'works()', ...before.slice(4)]), undefined);
    assert.equal(at([...head, ...before.slice(4)]), undefined);
    assert.equal(at(['']), undefined);
  });

  it('is nowhere where it could be several', () => {
    assert.equal(at(['new', ...before.slice(0, 5), 'three()', '}', 'new'], 4), undefined);
    assert.equal(at(['new', ...head, 'fails()', 'fails()', 'new'], 3), undefined);
  });

  it('is the same line, whatever else is typed', () => {
    const lines = fc.array(fc.stringMatching(/^[ab]{0,2}$/), { maxLength: 5 });
    fc.assert(
      fc.property(lines, lines, lines, lines, (above, below, newAbove, newBelow) => {
        const old = [...above, 'fails()', ...below].join('\r\n');
        const now = [...newAbove, 'fails()', ...newBelow].join('\n');
        assert.equal(lineNow(old, now, above.length), newAbove.length);
      }),
    );
  });
});
