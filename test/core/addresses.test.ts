import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import fc from 'fast-check';
import { blocksOf, isInside, rangesOf, sizeOf, widestOf } from '../../src/core/clusters/addresses.ts';
import type { AddressRange } from '../../src/core/clusters/addresses.ts';
import { effort } from './effort.ts';

const highest = 2 ** 32 - 1;

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Any address; those at the ends of blocks of all sizes more often than chance has them. */
const address = fc.oneof(
  fc.integer({ min: 0, max: highest }),
  fc
    .tuple(fc.integer({ min: 0, max: highest }), fc.integer({ min: 0, max: 32 }), fc.boolean())
    .map(([near, bits, isEnd]) => {
      const size = 2 ** bits;
      const start = Math.floor(near / size) * size;
      return isEnd ? start + size - 1 : start;
    }),
);

const range = fc.tuple(address, address).map(([a, b]): AddressRange => {
  const [start, end] = a < b ? [a, b] : [b, a];
  return { start: textOf(start), end: textOf(end) };
});

/** First and last address of what `203.0.113.0/24` says, counted by hand. */
function endsOf(block: string): readonly [number, number] {
  const [base = '', bits = '32'] = block.split('/');
  const start = numberOf(base);
  return [start, start + 2 ** (32 - Number(bits)) - 1];
}

function problemsIn(text: string): readonly string[] {
  return rangesOf(text).flatMap((one) => ('problem' in one ? [one.problem] : ['none']));
}

describe('addresses', () => {
  describe('as people write them', () => {
    it('are one, a range or a block', () => {
      const written: Record<string, AddressRange> = {
        '203.0.113.7': { start: '203.0.113.7', end: '203.0.113.7' },
        '203.0.113.0-203.0.113.9': { start: '203.0.113.0', end: '203.0.113.9' },
        '203.0.113.0 – 203.0.113.9': { start: '203.0.113.0', end: '203.0.113.9' },
        '203.0.113.0- 203.0.113.9': { start: '203.0.113.0', end: '203.0.113.9' },
        '203.0.113.0 -203.0.113.9': { start: '203.0.113.0', end: '203.0.113.9' },
        '203.0.113.9-203.0.113.9': { start: '203.0.113.9', end: '203.0.113.9' },
        '203.0.113.0/24': { start: '203.0.113.0', end: '203.0.113.255' },
        '203.0.113.77/24': { start: '203.0.113.0', end: '203.0.113.255' },
        '203.0.113.7/32': { start: '203.0.113.7', end: '203.0.113.7' },
        '203.0.113.7/31': { start: '203.0.113.6', end: '203.0.113.7' },
        '0.0.0.0': { start: '0.0.0.0', end: '0.0.0.0' },
        '0.0.0.0/0': { start: '0.0.0.0', end: '255.255.255.255' },
        '255.255.255.255/1': { start: '128.0.0.0', end: '255.255.255.255' },
      };
      for (const [text, wanted] of Object.entries(written)) assert.deepEqual(rangesOf(text), [wanted], text);
    });

    it('are several, with commas, semicolons, spaces or lines between, in any mixture', () => {
      const wanted = rangesOf('203.0.113.7');
      for (const nothing of ['', ' ', ',', ' , ; \r\n\t']) assert.deepEqual(rangesOf(nothing), [], nothing);
      for (const between of [',', ', ', ';', '\n', '\r\n', ' ', '\t', ',,', ' ; ', ',\n  ']) {
        assert.deepEqual(
          rangesOf(`203.0.113.7${between}203.0.113.7`),
          [...wanted, ...wanted],
          `"${between}"`,
        );
      }
      assert.deepEqual(rangesOf('198.51.100.1 - 198.51.100.3 203.0.113.7,192.0.2.0/25'), [
        { start: '198.51.100.1', end: '198.51.100.3' },
        { start: '203.0.113.7', end: '203.0.113.7' },
        { start: '192.0.2.0', end: '192.0.2.127' },
      ]);
    });

    it('are read back as they were, in every form and among others', () => {
      const separator = fc.constantFrom(',', ', ', ';', '\n', '\r\n', ' ', '  ', '\t', ' ,\n');
      const hyphen = fc.constantFrom('-', ' - ', '–', ' –', '- ', '   -   ');
      const written = fc.tuple(range, hyphen).map(([{ start, end }, sign]) => ({
        text: start === end ? start : `${start}${sign}${end}`,
        wanted: { start, end },
      }));
      fc.assert(
        fc.property(fc.array(fc.tuple(written, separator), { maxLength: 6 }), (list) => {
          const text = list.map(([one, sign]) => one.text + sign).join('');
          assert.deepEqual(
            rangesOf(text),
            list.map(([one]) => one.wanted),
          );
        }),
      );
    });

    it('are no IPv6, however it is spelled', () => {
      const spellings = [
        '::',
        '::1',
        '2001:db8::1',
        '2001:DB8:0:0:0:0:0:1',
        '2001:0db8:0000:0000:0000:0000:0000:0001',
        '2001:db8::/32',
        'fe80::1%eth0',
        'fe80::1%eth-0',
        '[2001:db8::1]',
        '::ffff:203.0.113.7',
        '2001:db8::1-2001:db8::9',
        '203.0.113.7-2001:db8::9',
        '2001:db8::1 – 203.0.113.7',
      ];
      for (const text of spellings) assert.deepEqual(rangesOf(text), [{ problem: 'ipv6', text }], text);
      fc.assert(fc.property(fc.ipV6(), (text) => assert.deepEqual(problemsIn(text), ['ipv6'], text)));
    });

    it('are nothing else, and what was written is told back', () => {
      const junk = [
        'localhost',
        '203.0.113',
        '203.0.113.7.1',
        '203.0.113.256',
        '203.0.113.1000',
        '203.0.113.07',
        '203.0.113.-7',
        '.203.0.113.7',
        '203.0.113.7:443',
        '203.0.113.0/33',
        '203.0.113.0/',
        '203.0.113/24',
        '/24',
        '203.0.113.0/24/8',
        '203.0.113.0/24-203.0.113.9',
        '203.0.113.7-',
        '-203.0.113.7',
        '203.0.113.0-9',
        '203.0.113.1-203.0.113.2-203.0.113.3',
        '0xCB.0.113.7',
        '3405803783',
        '１.2.3.4',
        'https://203.0.113.7',
        '-',
      ];
      for (const text of junk) assert.deepEqual(rangesOf(text), [{ problem: 'notAnAddress', text }], text);
    });

    it('begin before their end', () => {
      const text = '203.0.113.9-203.0.113.1';
      assert.deepEqual(rangesOf(text), [{ problem: 'backwards', text }]);
      assert.deepEqual(problemsIn('203.0.113.9-203.0.113.9'), ['none']);
    });

    it('are told apart from what is wrong beside them', () => {
      assert.deepEqual(problemsIn('203.0.113.7 -\n203.0.113.9'), ['notAnAddress', 'none']);
      assert.deepEqual(problemsIn('203.0.113.7, ::1, elsewhere, 203.0.113.9-203.0.113.1'), [
        'none',
        'ipv6',
        'notAnAddress',
        'backwards',
      ]);
    });

    it('are ranges of addresses or problems, whatever anybody writes', () => {
      const piece = fc.constantFrom(
        '203.0.113.7',
        '-',
        '–',
        '/',
        '24',
        ':',
        '::',
        ' ',
        ',',
        '.',
        'a',
        '%',
        '\n',
      );
      const odd = fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      );
      fc.assert(
        fc.property(odd, (text) => {
          for (const one of rangesOf(text)) {
            if ('problem' in one) assert.ok(text.includes(one.text));
            else assert.ok(numberOf(one.start) <= numberOf(one.end));
          }
        }),
      );
    });
  });

  describe('as blocks', () => {
    it('cover a range, and nothing beside it, without overlap', () => {
      fc.assert(
        fc.property(range, (wanted) => {
          let next = numberOf(wanted.start);
          for (const block of blocksOf(wanted)) {
            const [start, end] = endsOf(block);
            assert.equal(start, next, `${block} of ${wanted.start}-${wanted.end}`);
            assert.equal(start % (end - start + 1), 0, `${block} begins where such a block may begin`);
            next = end + 1;
          }
          assert.equal(next, numberOf(wanted.end) + 1);
        }),
      );
    });

    it('are what Node takes them for', () => {
      const known = blocksOf({ start: '203.0.113.3', end: '203.0.114.9' });
      const list = new BlockList();
      for (const block of known) {
        const [base = '', bits = '32'] = block.split('/');
        list.addSubnet(base, Number(bits));
      }
      for (let one = numberOf('203.0.112.250'); one < numberOf('203.0.114.20'); one++) {
        const isWanted = one >= numberOf('203.0.113.3') && one <= numberOf('203.0.114.9');
        assert.equal(list.check(textOf(one)), isWanted, textOf(one));
      }
    });

    it('are as few as can be: no two of them are halves of one', () => {
      fc.assert(
        fc.property(range, (wanted) => {
          const sizes = blocksOf(wanted).map((block) => endsOf(block));
          for (const [index, [start, end]] of sizes.entries()) {
            const size = end - start + 1;
            const after = sizes[index + 1];
            const isHalf =
              after !== undefined && after[1] - after[0] + 1 === size && start % (2 * size) === 0;
            assert.ok(!isHalf, blocksOf(wanted).join(' '));
          }
        }),
      );
    });

    it('are read as the ranges that they are', () => {
      fc.assert(
        fc.property(range, (wanted) => {
          const [first, ...more] = blocksOf(wanted);
          const read = blocksOf(wanted).flatMap((block) => rangesOf(block));
          const bounds = read.map((one) => ('problem' in one ? assert.fail(one.text) : one));
          assert.equal(bounds[0]?.start, wanted.start);
          assert.equal(bounds.at(-1)?.end, wanted.end);
          if (more.length === 0) assert.deepEqual(rangesOf(first ?? ''), [wanted]);
        }),
      );
    });

    it('of one address are the address; of all there are, one', () => {
      assert.deepEqual(blocksOf({ start: '203.0.113.7', end: '203.0.113.7' }), ['203.0.113.7']);
      assert.deepEqual(blocksOf({ start: '0.0.0.0', end: '0.0.0.0' }), ['0.0.0.0']);
      assert.deepEqual(blocksOf({ start: '0.0.0.0', end: '255.255.255.255' }), ['0.0.0.0/0']);
      assert.deepEqual(blocksOf({ start: '203.0.113.0', end: '203.0.113.9' }), [
        '203.0.113.0/29',
        '203.0.113.8/31',
      ]);
    });

    it('are none of what is no range: least of all 0.0.0.0, which lets in all of Azure', () => {
      const odd = ['', 'x', '::1', '203.0.113', '0.0.0.0 '];
      for (const text of odd) {
        assert.deepEqual(blocksOf({ start: text, end: text }), [], text);
        assert.deepEqual(blocksOf({ start: '0.0.0.0', end: text }), [], text);
        assert.deepEqual(blocksOf({ start: text, end: '0.0.0.1' }), [], text);
      }
      assert.deepEqual(blocksOf({ start: '203.0.113.9', end: '203.0.113.1' }), []);
    });
  });

  describe('inside others', () => {
    it('are those that are in, ends and all', () => {
      const inside = (inner: string, outer: string): boolean => {
        const [a, b] = [rangesOf(inner)[0], rangesOf(outer)[0]];
        assert.ok(a !== undefined && b !== undefined && !('problem' in a) && !('problem' in b));
        return isInside(a, b);
      };
      assert.ok(inside('203.0.113.7', '203.0.113.7'));
      assert.ok(inside('203.0.113.0/24', '203.0.113.0-203.0.113.255'));
      assert.ok(inside('203.0.113.0', '203.0.113.0/24'));
      assert.ok(inside('203.0.113.255', '203.0.113.0/24'));
      assert.ok(!inside('203.0.114.0', '203.0.113.0/24'));
      assert.ok(!inside('203.0.112.255', '203.0.113.0/24'));
      assert.ok(!inside('203.0.112.255-203.0.113.5', '203.0.113.0/24'));
      assert.ok(!inside('203.0.113.250-203.0.114.0', '203.0.113.0/24'));
      // As numbers, not as text.
      assert.ok(inside('9.0.0.1', '8.0.0.0-10.0.0.0'));
    });

    it('are as arithmetic has it', () => {
      fc.assert(
        fc.property(range, range, (inner, outer) => {
          const wanted =
            numberOf(inner.start) >= numberOf(outer.start) && numberOf(inner.end) <= numberOf(outer.end);
          assert.equal(isInside(inner, outer), wanted);
          assert.ok(isInside(inner, inner));
        }),
      );
    });

    it('are never those that cannot be read', () => {
      const all = { start: '0.0.0.0', end: '255.255.255.255' };
      for (const broken of [
        { start: 'x', end: '203.0.113.7' },
        { start: '203.0.113.7', end: '' },
      ]) {
        assert.ok(!isInside(broken, all));
        assert.ok(!isInside({ start: '203.0.113.7', end: '203.0.113.7' }, broken));
      }
    });
  });

  describe('the widest', () => {
    it('are the fewest that are enough, whatever they are, and all where all are too few', () => {
      fc.assert(
        fc.property(fc.array(range, { maxLength: 12 }), fc.integer({ min: 1, max: 2 ** 32 }), (all, size) => {
          const found = widestOf(all, size);
          if (sizeOf(all) < size) assert.equal(found.length, all.length);
          else {
            assert.ok(sizeOf(found) >= size);
            assert.ok(sizeOf(found.slice(0, -1)) < size);
          }
        }),
      );
    });

    it('of ten thousand are found at once', () => {
      const all = Array.from({ length: 10_000 }, (_, index) => {
        const block = `${Math.floor(index / 40)}.${(index % 40) * 6}`;
        return { start: `${block}.0.0`, end: `${Math.floor(index / 40)}.${(index % 40) * 6 + 5}.255.255` };
      });
      const spent = effort();
      assert.ok(widestOf(all, 2 ** 31).length > 5000);
      assert.ok(spent() < 1000);
    });
  });
});
