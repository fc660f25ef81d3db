import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { codeFor, codeLanguages } from '../../src/core/sessions/snippets.ts';
import type { CodeLanguage } from '../../src/core/sessions/snippets.ts';
import type { Target } from '../../src/core/sessions/snippets/target.ts';
import { readerOf } from './grammars.ts';
import type { Grammar, Reader } from './grammars.ts';

const grammars: Readonly<Record<CodeLanguage, Grammar>> = {
  nodeJs: 'javascript',
  python: 'python',
  cSharp: 'c-sharp',
  java: 'java',
  go: 'go',
  rust: 'rust',
  // As a shell reads it.
  dotEnv: 'bash',
};
const programs = codeLanguages.filter((language) => language !== 'dotEnv');

const publicCloud = cloudOf('public', undefined);
const customCloud = cloudOf('custom', {
  resourceManager: 'https://arm.example',
  graph: 'https://graph.example',
  portal: 'https://portal.example',
  authenticationProvider: 'local',
  audiences: { resourceManager: 'https://arm.example', graph: 'https://graph.example' },
});
const clouds: readonly Cloud[] = [
  publicCloud,
  cloudOf('usGovernment', undefined),
  cloudOf('china', undefined),
  customCloud,
];

const cluster: Target = {
  cluster: 'orders-eu',
  host: 'orders-eu.global.mongocluster.cosmos.azure.com',
  tenant: '7e4a0000-0000-4000-8000-000000000001',
};
const database: Target = { ...cluster, database: 'shop' };
const collection: Target = { ...database, collection: 'orders' };
const targets: readonly Target[] = [cluster, database, collection];

describe('code to copy', () => {
  const readers = new Map<CodeLanguage, Reader>();
  before(async () => {
    for (const language of codeLanguages) readers.set(language, await readerOf(grammars[language]));
  });
  const read = (language: CodeLanguage, text: string) =>
    (readers.get(language) ?? assert.fail(language))(text);

  for (const language of codeLanguages) {
    describe(language, () => {
      it('reads as written down', () => {
        const parts = [
          ...targets.map((target) => [publicCloud, target] as const),
          ...clouds.slice(1).map((cloud) => [cloud, cluster] as const),
        ].map(([cloud, target]) => {
          const where = [target.cluster, target.database, target.collection].filter(
            (one) => one !== undefined,
          );
          return `======== ${cloud.id}: ${where.join(' / ')}\n${codeFor(language, target, cloud)}`;
        });
        matchesGolden(language, parts.join('\n'));
      });

      it('is of its language, for every cloud and every target', () => {
        for (const cloud of clouds) {
          for (const target of targets) {
            const text = codeFor(language, target, cloud);
            assert.deepEqual(read(language, text).problems, [], text);
            assert.doesNotMatch(text, /[ \t]$/m);
            assert.match(text, /^\S[^]*[^\n]\n$/);
            const widest = Math.max(...text.split('\n').map((line) => line.length));
            assert.ok(widest <= (language === 'dotEnv' ? 180 : 116), `${widest}`);
          }
        }
      });

      it('is not, once a bracket has gone from it', () => {
        const text = codeFor(language, collection, publicCloud);
        // There are none in a file of settings, but quotes.
        const marks = language === 'dotEnv' ? [text.indexOf("'")] : read(language, text).brackets;
        assert.ok(language === 'dotEnv' || marks.length >= 10, `${marks.length}`);
        for (const mark of marks) {
          const broken = text.slice(0, mark) + text.slice(mark + 1);
          assert.notDeepEqual(read(language, broken).problems, [], broken);
        }
      });

      it('names the cluster, its host, where a token is for, and which hosts may have one', () => {
        for (const cloud of clouds) {
          for (const target of targets) {
            const { texts, comments } = read(language, codeFor(language, target, cloud));
            const scope = `${cloud.audiences.mongoClusters}/.default`;
            assert.ok(texts.includes(scope));
            assert.ok(texts.some((one) => one.includes(target.host)));
            assert.ok(texts.some((one) => /^\*?\.mongocluster\.cosmos\.azure\.com$/.test(one)));
            assert.ok(comments.some((one) => one.includes('the cluster orders-eu with Entra')));
            assert.ok(comments.some((one) => one.includes(`az login --tenant ${target.tenant}`)));
            for (const name of [target.database, target.collection])
              if (name !== undefined) assert.equal(texts.filter((one) => one === name).length, 1);
          }
        }
      });

      it('asks the Entra of its cloud', () => {
        const words = {
          public: /authority/i,
          usGovernment:
            /AzureAuthorityHosts\.(AzureGovernment|AZURE_GOVERNMENT)|cloud\.AzureGovernment|login\.microsoftonline\.us/,
          china: /AzureAuthorityHosts\.(AzureChina|AZURE_CHINA)|cloud\.AzureChina|login\.chinacloudapi\.cn/,
          custom: /AZURE_AUTHORITY_HOST/,
        };
        for (const cloud of clouds) {
          // In Rust it is left to the Azure CLI and the managed identity, which know where they are.
          const says = cloud.id === 'custom' || (cloud.id !== 'public' && language !== 'rust');
          assert.equal(words[cloud.id].test(codeFor(language, cluster, cloud)), says, cloud.id);
        }
        assert.match(codeFor(language, cluster, clouds[1] ?? publicCloud), /az cloud set --name AzureUSGov/);
        assert.match(codeFor(language, cluster, clouds[2] ?? publicCloud), /az cloud set --name AzureChina/);
      });

      it('has no user, no password and no token in it', () => {
        const text = codeFor(language, collection, publicCloud);
        assert.doesNotMatch(text, /:\/\/[^\s/'"`]*@|password\W*[:=]|\beyJ/i);
        assert.doesNotMatch(text, /\bundefined\b|\[object/);
      });
    });
  }

  it('is no two languages alike', () => {
    const texts = codeLanguages.map((language) => codeFor(language, cluster, publicCloud));
    assert.equal(new Set(texts).size, 7);
  });

  it('looks at the host in the program itself, where the driver has no list of them for programs', () => {
    for (const language of programs) {
      const text = codeFor(language, cluster, publicCloud);
      const checks = /ends_?with\(allowed_?hosts|HasSuffix\(host, allowedHosts\)/i.test(text);
      assert.equal(checks, language !== 'nodeJs', language);
      // PyMongo and Go refuse the option with such a callback, C# knows none.
      assert.equal(/ALLOWED_HOSTS: \["\*\./.test(text), language === 'nodeJs', language);
    }
  });

  describe('with hostile names', () => {
    const characters = Array.from(
      `'"\`\\$%{}[]()!#&|;*?~@=<>:/,.- \n\r\tazAZ09_é😀\u0000\u0085\u2028\u202e\ufeff`,
    );
    const pieces = [
      '${x}',
      '\\u000a',
      '\\u0022',
      '*/',
      '//',
      '"""',
      '{host}',
      '%s',
      '\\\n',
      '\uD800',
      "'; rm",
    ];
    const odd = fc.oneof(
      fc.string({ unit: fc.constantFrom(...characters, ...pieces), maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    const hostile = fc.record({ cluster: odd, host: odd, tenant: odd, database: odd, collection: odd });

    for (const language of programs) {
      it(`is the same program in ${language}, of which they are texts`, () => {
        const plain = targets.map((target) => read(language, codeFor(language, target, publicCloud)));
        fc.assert(
          fc.property(hostile, fc.nat(2), (names, depth) => {
            const { cluster, host, tenant, database, collection } = names;
            const shapes: readonly Target[] = [
              { cluster, host, tenant },
              { cluster, host, tenant, database },
              { cluster, host, tenant, database, collection },
            ];
            const target = shapes[depth] ?? names;
            const text = codeFor(language, target, publicCloud);
            const reading = read(language, text);
            assert.deepEqual(reading.problems, []);
            assert.deepEqual(reading.structure, plain[depth]?.structure);
            assert.equal(reading.comments.length, plain[depth]?.comments.length);
            for (const name of [cluster, host, target.database, target.collection])
              if (name !== undefined) assert.ok(reading.texts.includes(name.toWellFormed()), text);
            // What shows otherwise than it is read.
            assert.doesNotMatch(text, /(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/u);
          }),
          { numRuns: 200 },
        );
      });
    }

    it('has no escape in Java that is read before its text is', () => {
      fc.assert(
        fc.property(hostile, (target) => {
          const text = codeFor('java', target, publicCloud);
          for (const { comments } of [read('java', text)]) assert.doesNotMatch(comments.join(''), /\\/);
          for (const [, code = ''] of text.matchAll(/(?<!\\)(?:\\\\)*\\u([\da-f]{4})/g))
            assert.ok(Number.parseInt(code, 16) > 255, text);
        }),
      );
    });

    it('is the same in a file of settings, to Node.js and to a shell, or is left out', () => {
      const name = fc.oneof(fc.constantFrom("Kai's", 'a b', 'x$HOME', '"', `'"`, "it's `x`", 'a\nB=1'), odd);
      fc.assert(
        fc.property(name, name, (databaseName, collectionName) => {
          const target = { ...cluster, database: databaseName, collection: collectionName };
          const text = codeFor('dotEnv', target, publicCloud);
          const known = parseEnv(codeFor('dotEnv', collection, publicCloud));
          const wanted: Record<string, string> = { ...(known as Record<string, string>) };
          for (const [key, value] of [
            ['MONGODB_DATABASE', databaseName],
            ['MONGODB_COLLECTION', collectionName],
          ] as const) {
            if (text.includes(`\n# ${key}: `)) delete wanted[key];
            else wanted[key] = value;
          }
          assert.deepEqual({ ...parseEnv(text) }, wanted);
          assert.deepEqual(sourced(text, Object.keys(known)), wanted);
          if (/^[\w .$*-]*$/.test(databaseName)) assert.equal(wanted['MONGODB_DATABASE'], databaseName);
        }),
        { numRuns: 60 },
      );
      assert.match(codeFor('dotEnv', { ...cluster, database: "Kai's" }, publicCloud), /DATABASE="Kai's"\n/);
    });
  });
});

/** What a shell takes from a file, of these. */
function sourced(text: string, names: readonly string[]): Record<string, string> {
  const print = names.map((name) => `[ -n "\${${name}+x}" ] && printf '%s=%s\\0' ${name} "$${name}"`);
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', `${text}\n${print.join('\n')}`], {
    encoding: 'utf8',
    env: {},
  });
  assert.equal(stderr, '');
  return Object.fromEntries(
    stdout
      .split('\0')
      .slice(0, -1)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** Compares with the text of that name; `UPDATE_GOLDEN=1` writes it anew. */
function matchesGolden(name: string, text: string): void {
  const file = new URL(`golden/snippets/${name}.txt`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
}
