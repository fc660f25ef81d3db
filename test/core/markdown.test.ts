import assert from 'node:assert/strict';
import fc from 'fast-check';
import { marked } from 'marked';
import type { Token, Tokens } from 'marked';
import { code, fenced, plain } from '../../src/core/markdown.ts';

/** What a reader of Markdown sees, and nothing of how it looks: each piece with what it is. */
function seen(text: string): readonly string[] {
  return marked.lexer(text, { gfm: true }).flatMap(inside);
}

function inside(token: Token): readonly string[] {
  const { tokens } = token as { tokens?: readonly Token[] };
  if (token.type === 'space') return [];
  if (token.type === 'list') return (token as Tokens.List).items.flatMap(inside);
  if (['paragraph', 'text', 'list_item'].includes(token.type) && tokens !== undefined)
    return tokens.flatMap(inside);
  return [`${token.type}: ${(token as { text?: string }).text ?? token.raw}`];
}

const characters = Array.from('`*_{}[]<>#|~&!\\()"\'$;:/.@-+= \n\r\taz09é😀\u202E\u200B\u2028\u0000');
const parts = [
  '```',
  '$(id)',
  '<b>',
  '](https://evil.example)',
  'https://evil.example',
  '---',
  '\n# x',
  '&lt;',
];
const nasty = fc
  .array(fc.constantFrom(...characters, ...parts), { maxLength: 16 })
  .map((all) => all.join(''));
const line = (text: string): string => text.replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();

describe('Markdown', () => {
  it('shows a name as it is, in one piece and one line, whatever stands in it', () => {
    fc.assert(
      fc.property(nasty, (name) => {
        const text = code(name);
        assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}]/u);
        assert.deepEqual(seen(`- Name: ${text}\n- Next`), [
          'text: Name: ',
          `codespan: ${line(name) === '' ? ' ' : line(name)}`,
          'text: Next',
        ]);
      }),
      { numRuns: 2000 },
    );
  });

  it('says words with a name in them as words, which mark nothing and lead nowhere', () => {
    fc.assert(
      fc.property(nasty, (name) => {
        const all = seen(`So ${plain(name)} it is`);
        assert.deepEqual(
          all.filter((piece) => !/^(text|escape): /.test(piece)),
          [],
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves ordinary words as they are', () => {
    const words = 'Somebody’s role, 50 % (of 3): orders-eu is Stopped. Add Me…';
    assert.equal(plain(words), words);
    assert.equal(code('orders-eu'), '`orders-eu`');
  });

  it('hands a program over whole, whatever stands in it', () => {
    fc.assert(
      fc.property(nasty, (name) => {
        const [block, ...more] = marked.lexer(`${fenced('bash', `az ${name} end`)}\n\nafter`);
        assert.equal(block?.type, 'code');
        const text = (block as Tokens.Code).text;
        // Of a tab and of what no text may have the reader makes something else.
        const same = (given: string): string =>
          given.replaceAll(/\r\n|\r/g, '\n').replaceAll(/[\0\uFFFD]/g, '');
        assert.equal(same(text), same(`az ${name} end`));
        assert.equal(more.length, 2);
      }),
      { numRuns: 2000 },
    );
  });
});
