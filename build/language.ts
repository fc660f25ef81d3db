/**
 * Writes what completion and hover know of mongosh's language: names, parameters and texts of the packages that
 * mongosh is made of. Only the package of the extension has them.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SYSTEM_VARIABLES } from '@mongodb-js/mongodb-constants';
import i18n from '@mongosh/i18n';
import { signatures } from '@mongosh/shell-api';
import shellApi from '@mongosh/shell-api/api';
import type { Help, Method, OperatorSort, Reference } from '../src/core/playground/language/reference.ts';

const { api } = shellApi;

/** Whose texts are in what is written. */
export const sources = [
  '@mongodb-js/mongodb-constants',
  '@mongodb-js/mql-typescript',
  '@mongosh/i18n',
  '@mongosh/shell-api',
] as const;

const links = 'https://www.mongodb.com/docs/manual/';

/** Those that a playground can have in its hands. */
const classes = [
  'AggregationCursor',
  'Bulk',
  'BulkFindOp',
  'ChangeStreamCursor',
  'Collection',
  'Cursor',
  'Database',
  'Explainable',
  'Mongo',
  'PlanCache',
  'Session',
  'Shard',
];

/** Where a class is as good as another one. */
const alike: Readonly<Record<string, string>> = {
  DatabaseWithSchema: 'Database',
  ExplainableCursor: 'Cursor',
  RunCommandCursor: 'AggregationCursor',
};

/** Of Atlas, of mongod's own administration, or of a terminal. */
const elsewhere = new Set(
  `
    createSearchIndex createSearchIndexes dropSearchIndex getSearchIndexes updateSearchIndex sql
    configureQueryAnalyzer analyzeShardKey createEncryptedCollection compactStructuredEncryptionData
    rotateCertificates fsyncLock fsyncUnlock shutdownServer setSecondaryOk setSlaveOk
    printSlaveReplicationInfo printSecondaryReplicationInfo getReplicationInfo printReplicationInfo
    cloneCollection cloneDatabase copyDatabase getClientEncryption getKeyVault oplogReplay maxScan
    getLastError getLastErrorObj auth logout connect Mongo cls exit quit isInteractive
    passwordPrompt it enableTelemetry disableTelemetry disableBlockWarnings checkMetadataConsistency
  `.split(/\s+/),
);

/** Of Atlas, newer than any DocumentDB, or JavaScript for a server that runs none. */
const unserved = new Set(
  `
    $search $searchMeta $vectorSearch $listSearchIndexes $rankFusion $scoreFusion $rerank $score
    $minMaxScaler $sigmoid $similarityCosine $similarityDotProduct $similarityEuclidean $subtype
    $hash $hexHash $serializeEJSON $deserializeEJSON $createObjectId $toObject $toArray $accumulator
    $function $where $listLocalSessions $listSampledQueries $listSessions $planCacheStats
    $shardedDataDistribution $changeStreamSplitLargeEvent $toHashedIndexKey $case $$SEARCH_META
    $$USER_ROLES $$CLUSTER_TIME $$IDX
  `.split(/\s+/),
);

const constructors: Readonly<Record<string, readonly string[]>> = {
  BinData: ['subtype', 'base64'],
  Code: ['code', 'scope?'],
  DBRef: ['collection', 'id', 'database?'],
  Decimal128: ['text'],
  Double: ['value'],
  HexData: ['subtype', 'hex'],
  Int32: ['value'],
  ISODate: ['date?'],
  Long: ['low', 'high?', 'unsigned?'],
  MaxKey: [],
  MinKey: [],
  MD5: ['hex'],
  NumberDecimal: ['text'],
  NumberInt: ['value'],
  NumberLong: ['value'],
  ObjectId: ['hex?'],
  Timestamp: ['time', 'increment?'],
  UUID: ['hex?'],
};

export async function languageReference(): Promise<Reference> {
  return {
    links,
    classes: Object.fromEntries(classes.map((name) => [name, methodsOf(name)])),
    globals: {
      ...methodsOf('ShellApi'),
      ...Object.fromEntries(
        Object.entries(constructors).map(([name, takes]) => [
          name,
          { ...helpOf(i18n.default.translate(`shell-api.classes.${name}.help`)), takes: [takes] },
        ]),
      ),
    },
    operators: await operators(),
  };
}

function methodsOf(name: string): Record<string, Method> {
  const parameters = parametersOf(name);
  const found: Record<string, Method> = {};
  for (const [method, { type, returnType, deprecated }] of Object.entries(
    signatures[name]?.attributes ?? {},
  )) {
    if (type !== 'function' || elsewhere.has(method)) continue;
    const key = `shell-api.classes.${name}.help.attributes.${method}`;
    const help = helpOf(i18n.default.translate(key));
    // Of what only says that it is not supported its makers say nothing.
    if (help.text === '') continue;
    const returns = typeof returnType === 'string' ? (alike[returnType] ?? returnType) : undefined;
    found[method] = {
      ...help,
      takes: parameters.get(method) ?? [],
      ...(returns !== undefined && classes.includes(returns) ? { returns } : {}),
      ...(deprecated === true ? { isDeprecated: true } : {}),
    };
  }
  return found;
}

function helpOf(told: unknown): Help {
  const { description, link } = (told ?? {}) as { readonly description?: string; readonly link?: string };
  return { text: brief(description ?? ''), ...linked(link) };
}

function linked(link: string | undefined): { readonly link?: string } {
  const rest = /^https:\/\/(?:www\.)?mongodb\.com\/docs\/manual\/(.+)$/.exec(link ?? '')?.[1];
  return rest === undefined ? {} : { link: rest };
}

/** A line: whole sentences, as far as they are few words. */
function brief(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  const sentences = plain.split(/(?<=\.) (?=[A-Z])/);
  let kept = sentences[0] ?? '';
  for (const sentence of sentences.slice(1)) {
    if (kept.length + sentence.length > 160) break;
    kept += ` ${sentence}`;
  }
  return kept.length > 300 ? `${kept.slice(0, 299)}…` : kept;
}

/**
 * From the declarations that the shell has for its own completion. Its driver has classes of the same names there,
 * and some of either are numbered: the one with more of the shell's methods is the shell's.
 */
function parametersOf(name: string): ReadonlyMap<string, readonly (readonly string[])[]> {
  const methods = Object.keys(signatures[name]?.attributes ?? {});
  const shared = (found: ReadonlyMap<string, unknown>): number =>
    methods.filter((method) => found.has(method)).length;
  const [first, second] = [declared(name), declared(`${name}_2`)];
  return shared(first) >= shared(second) ? first : second;
}

/** The methods of a class, and of those that it extends. */
function declared(name: string): ReadonlyMap<string, readonly (readonly string[])[]> {
  const found = new Map<string, (readonly string[])[]>();
  for (let next: string | undefined = name; next !== undefined;) {
    const declaration = declarationOf(next);
    const inherited = new Set(found.keys());
    for (const { 1: method = '', index } of declaration.matchAll(/^ {2}(\w+)(?:<.*?>)?\(/gm)) {
      if (inherited.has(method)) continue;
      const names = parameterNames(declaration.slice(declaration.indexOf('(', index) + 1));
      const known = found.get(method) ?? [];
      if (!known.some((one) => one.join() === names.join())) known.push(names);
      found.set(method, known);
    }
    const heading = declaration
      .slice(0, declaration.indexOf(' {\n'))
      .replaceAll(/<(?:[^<>]|<[^<>]*>)*>/g, '');
    next = /\bextends (\w+)/.exec(heading)?.[1];
  }
  return found;
}

function declarationOf(name: string): string {
  const from = api.search(new RegExp(`^(?:export )?declare (?:abstract )?class ${name}\\b`, 'm'));
  return from === -1 ? '' : api.slice(from, api.indexOf('\n}\n', from));
}

function parameterNames(text: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const [at, sign] of text.split('').entries()) {
    if (depth === 0 && sign === ')') break;
    if ('([{<'.includes(sign)) depth++;
    if (')]}'.includes(sign) || (sign === '>' && text[at - 1] !== '=')) depth--;
    if (depth === 0 && sign === ',') parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts.flatMap((part) => /^\s*((?:\.\.\.)?\w+\??):/.exec(part)?.[1] ?? []);
}

async function operators(): Promise<Reference['operators']> {
  const main = import.meta.resolve('@mongodb-js/mql-typescript');
  const text = await readFile(new URL('../out/schema.d.ts', main), 'utf8');
  const variables = SYSTEM_VARIABLES.filter(({ name }) => !unserved.has(name)).map(
    ({ name, description }): [string, Help] => [
      name,
      { text: brief(description), link: 'reference/aggregation-variables/' },
    ],
  );
  const sort = (name: string): Record<string, Help> => Object.fromEntries(operatorsOf(text, name));
  return {
    query: sort('Query'),
    update: sort('Update'),
    stage: sort('Stage'),
    accumulator: sort('Accumulator'),
    expression: sort('Expression'),
    variable: Object.fromEntries(variables),
  } satisfies Record<OperatorSort, unknown>;
}

/** Each is an interface with one member of its name, and what it does stands above that. */
function operatorsOf(text: string, namespace: string): readonly (readonly [string, Help])[] {
  const from = text.indexOf(`export namespace Aggregation.${namespace} {`);
  const body = text.slice(from, text.indexOf('\n}\n', from));
  return [...body.matchAll(/^ {4}\/\*\*\n((?: {5}\*.*\n)+?) {5}\*\/\n {4}(\$\w+):/gm)].flatMap(
    ([, comment = '', name = '']) => {
      if (unserved.has(name)) return [];
      const lines = comment.split('\n').map((line) => line.replace(/^ {5}\* ?/, ''));
      const link = /@see \{@link ([^}]+)\}/.exec(comment)?.[1];
      const told = lines.filter((line) => !/^(?:@|New in |Deprecated )/.test(line)).join(' ');
      return [[name, { text: brief(told), ...linked(link) }] as const];
    },
  );
}

export async function writeLanguage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'language.json'), JSON.stringify(await languageReference()));
}

if (import.meta.main) await writeLanguage(join(import.meta.dirname, '../dist'));
