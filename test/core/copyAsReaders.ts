import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { runInNewContext } from 'node:vm';

/** As it is after a journey as JSON. */
export function json(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

export function isPassword(name: string): boolean {
  return /password$|^pwd$/i.test(name);
}

/** Dozens of these after each other, on a busy machine; in milliseconds. */
export const shellsTake = 180_000;

/**
 * Runs a script where `az` only tells how it was called: its words, and at the end what it read if one of them
 * said to. `failing` is the command that fails.
 */
export function runWithFakeCli(script: string, typed = '', failing = ''): readonly (readonly string[])[] {
  const az = [
    'az() {',
    // Into a file descriptor of its own: the script may use the others.
    String.raw`  printf '%s\0' "$#" "$@" >&3`,
    String.raw`  case "$*" in *"--body @-"*) cat >&3 ;; esac; printf '\0' >&3`,
    `  [ "$1" != '${failing}' ]`,
    '}',
    // A shell with strict habits runs it just as well.
    'set -u',
    // Reads what nobody asked for.
    "trap 'cat >/dev/null' EXIT",
  ].join('\n');
  const { output, status, stderr, error } = spawnSync('bash', ['-c', `${az}\n${script}`], {
    input: typed,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  assert.equal(error, undefined);
  if (failing === '') assert.equal(status, 0, stderr);
  assert.equal(stderr.replaceAll(/New password: \n/g, ''), '', stderr);
  const words = (output[3] ?? '').split('\0').slice(0, -1);
  const calls: string[][] = [];
  while (words.length > 0) calls.push(words.splice(0, Number(words.shift()) + 1));
  return calls;
}

/** A call of `az rest`, which takes no other words than these. */
export function restCallOf(words: readonly string[]) {
  const [command, ...rest] = words;
  const read = rest.pop();
  assert.equal(command, 'rest');
  const options = new Map<string, string>();
  for (let index = 0; index < rest.length; index += 2) options.set(rest[index] ?? '', rest[index + 1] ?? '');
  assert.equal(options.size * 2, rest.length);
  const unknown = [...options.keys()].filter(
    (name) => !['--method', '--url', '--resource', '--body'].includes(name),
  );
  assert.deepEqual(unknown, []);
  const body = options.get('--body');
  const url = options.get('--url') ?? '';
  assert.ok(URL.canParse(url), url);
  return {
    method: options.get('--method') ?? '',
    url: decodeURIComponent(url),
    resource: options.get('--resource'),
    body: body === undefined ? undefined : (JSON.parse(body === '@-' ? (read ?? '') : body) as unknown),
  };
}

export function kindOfCall(words: readonly string[]): readonly (string | undefined)[] {
  const [command] = words;
  if (command === 'rest') return [command, words[words.indexOf('--method') + 1]];
  const [, wait, condition, ...rest] = words;
  assert.equal(wait, 'wait');
  assert.ok(rest.includes('--subscription') && rest.includes('--api-version'));
  if (condition === '--custom')
    assert.equal(rest[0], "(properties.provisioningState || 'Succeeded') == 'Succeeded'");
  return [command, condition, words[words.indexOf('--ids') + 1]];
}

/** The requests of a `.http` file, as an editor that sends them reads it. */
export function requestsIn(text: string) {
  return text.split(/^###.*$/m).flatMap((block) => {
    const lines = block.split('\n');
    while (lines[0] !== undefined && (lines[0].trim() === '' || lines[0].startsWith('#'))) lines.shift();
    const [line] = lines;
    if (line === undefined) return [];
    const [, method = '', url = ''] = /^(PUT|PATCH|DELETE) (https:\/\/\S+) HTTP\/1\.1$/.exec(line) ?? [];
    assert.notEqual(method, '', line);
    const blank = lines.indexOf('');
    const headers = Object.fromEntries(
      lines.slice(1, blank < 0 ? undefined : blank).map((header) => {
        const [, key = '', value] = /^([\w-]+): (.+)$/.exec(header) ?? assert.fail(header);
        return [key.toLowerCase(), value] as const;
      }),
    );
    const content = blank < 0 ? '' : lines.slice(blank).join('\n').trim();
    const body = content === '' ? undefined : (JSON.parse(content) as unknown);
    const { pathname: path, search } = new URL(url);
    assert.match(search, /^\?api-version=[\w-]+$/);
    return [{ method, url, path, headers, body }];
  });
}

/** What a script in mongosh runs on which database. */
export function commandsIn(script: string): readonly unknown[] {
  const commands: unknown[] = [];
  const db = {
    getSiblingDB: (name: string) => ({
      runCommand: (command: unknown) => commands.push([name, json(command)]),
    }),
  };
  runInNewContext(script, { db, passwordPrompt: () => 'typed' });
  return commands;
}

/** A name that stands where a value could. */
export function ref(name: string): object {
  return { $ref: name };
}

export function refersTo(value: unknown, name: string): boolean {
  return (value as { $ref?: unknown } | undefined)?.$ref === name;
}

type Body = Readonly<Record<string, unknown>>;

/** What two languages of templates have in common, read without any mercy. */
interface Dialect {
  readonly comment: string;
  readonly quote: string;
  readonly assign: string;
  /** Between the items of a list: a comma, or else lines. */
  readonly comma: boolean;
  /** The character that an escape stands for, and how long it is; undefined where there is none. */
  readonly escape: (rest: string) => readonly [string, number] | undefined;
  /** What must not stand bare in a text. */
  readonly forbidden: RegExp;
}

const bicepDialect: Dialect = {
  comment: '//',
  quote: "'",
  assign: ':',
  comma: false,
  escape(rest) {
    const simple: Readonly<Record<string, string>> = {
      [String.raw`\n`]: '\n',
      [String.raw`\r`]: '\r',
      [String.raw`\t`]: '\t',
      [String.raw`\\`]: '\\',
      [String.raw`\'`]: "'",
      [String.raw`\$`]: '$',
    };
    const found = simple[rest.slice(0, 2)];
    if (found !== undefined) return [found, 2];
    const [whole, code = ''] = /^\\u\{([\da-f]{1,6})\}/i.exec(rest) ?? [];
    return whole === undefined ? undefined : [String.fromCodePoint(Number.parseInt(code, 16)), whole.length];
  },
  forbidden: /^(?:\\|\$\{|[\n\r\uFFFF])/,
};

const hclDialect: Dialect = {
  comment: '#',
  quote: '"',
  assign: '=',
  comma: true,
  escape(rest) {
    const simple: Readonly<Record<string, string>> = {
      [String.raw`\n`]: '\n',
      [String.raw`\r`]: '\r',
      [String.raw`\t`]: '\t',
      [String.raw`\\`]: '\\',
      [String.raw`\"`]: '"',
    };
    const found = simple[rest.slice(0, 2)];
    if (found !== undefined) return [found, 2];
    if (rest.startsWith('$${')) return ['${', 3];
    if (rest.startsWith('%%{')) return ['%{', 3];
    const [whole, code = ''] = /^\\u([\da-f]{4})/i.exec(rest) ?? [];
    return whole === undefined ? undefined : [String.fromCharCode(Number.parseInt(code, 16)), whole.length];
  },
  forbidden: /^(?:\\|[$%]\{|[\n\r])/,
};

function reader(source: string, dialect: Dialect) {
  let place = 0;
  const rest = (): string => source.slice(place);
  const fail = (wanted: string): never => assert.fail(`${wanted} wanted at: ${rest().slice(0, 60)}`);
  const take = (pattern: RegExp): string | undefined => {
    const [found] = new RegExp(`^(?:${pattern.source})`, pattern.flags).exec(rest()) ?? [];
    place += found?.length ?? 0;
    return found;
  };
  const need = (pattern: RegExp): string => take(pattern) ?? fail(pattern.source);
  const spaces = (): unknown => take(/ +/);
  /** Empty lines and comments, each to the end of its line. */
  const lines = (): void => {
    for (;;) {
      spaces();
      if (rest().startsWith(dialect.comment)) take(/[^\n]*/);
      if (take(/\n/) === undefined) return;
    }
  };

  function text(): string {
    need(new RegExp(dialect.quote));
    let value = '';
    for (;;) {
      if (take(new RegExp(dialect.quote)) !== undefined) return value;
      const escape = dialect.escape(rest());
      if (escape !== undefined) {
        value += escape[0];
        place += escape[1];
      } else {
        if (dialect.forbidden.test(rest()) || place >= source.length) fail('a character');
        value += source[place];
        place++;
      }
    }
  }

  function value(): unknown {
    if (rest().startsWith(dialect.quote)) return text();
    if (take(/\{/) !== undefined) return object();
    if (take(/\[/) !== undefined) return list();
    const number = take(dialect.comma ? /-?\d+(\.\d+)?(e[+-]?\d+)?/ : /-?\d+/);
    if (number !== undefined) return Number(number);
    if (!dialect.comma && take(/json\(/) !== undefined) {
      const inner = JSON.parse(text()) as unknown;
      need(/\)/);
      return inner;
    }
    const word = need(/[a-z_]\w*(\.\w+)*/i);
    return { true: true, false: false, null: null }[word] ?? (word === 'null' ? null : ref(word));
  }

  function member(into: Record<string, unknown>): void {
    const bare = dialect.comma ? /[a-z_][\w-]*/i : /[a-z_]\w*/i;
    const name = rest().startsWith(dialect.quote) ? text() : need(bare);
    if (/^(true|false|null)$/.test(name) && source[place - 1] !== dialect.quote) fail('a name');
    if (name === 'for' && dialect.comma && source[place - 1] !== dialect.quote) fail('a name');
    spaces();
    need(new RegExp(dialect.assign));
    spaces();
    assert.ok(!Object.hasOwn(into, name), name);
    Object.defineProperty(into, name, {
      value: value(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }

  function object(): Body {
    const members: Record<string, unknown> = {};
    if (take(/\}/) !== undefined) return members;
    need(/\n/);
    for (lines(); take(/\}/) === undefined; lines()) {
      member(members);
      need(/\n/);
    }
    return members;
  }

  function list(): readonly unknown[] {
    const items: unknown[] = [];
    for (lines(); take(/\]/) === undefined; lines()) {
      items.push(value());
      spaces();
      if (dialect.comma) {
        if (take(/,/) === undefined) lines();
        else continue;
        if (!rest().startsWith(']')) fail(']');
      } else need(/\n/);
    }
    return items;
  }

  return { take, need, spaces, lines, text, value, object, member, isAtEnd: () => place >= source.length };
}

interface BicepResource {
  readonly symbol: string;
  readonly type: string;
  readonly existing: boolean;
  readonly body: Body;
}

export function bicepFiles(text: string) {
  return text.split(/^(?=\/\/ From here on in another file)/m).map(readBicep);
}

export function readBicep(source: string) {
  const { take, need, lines, text, object, member, isAtEnd } = reader(source, bicepDialect);
  const parameters: string[] = [];
  const resources: BicepResource[] = [];
  const fragments: Body[] = [];
  for (lines(); !isAtEnd(); lines()) {
    if (take(/resource (?=\w+ ')/) !== undefined) {
      const symbol = need(/[a-z_]\w*/i);
      need(/ /);
      const type = text();
      const existing = take(/ existing/) !== undefined;
      need(/ = \{/);
      resources.push({ symbol, type, existing, body: object() });
    } else if (take(/@secure\(\)\nparam /) !== undefined) {
      parameters.push(need(/[a-z_]\w*/i));
      need(/ string/);
    } else {
      const body: Record<string, unknown> = {};
      member(body);
      fragments.push(body);
    }
    need(/\n/);
  }
  const names = [...parameters, ...resources.map(({ symbol }) => symbol)];
  assert.equal(new Set(names).size, names.length);
  return { parameters, resources, fragments };
}

export function readHcl(
  source: string,
): readonly { readonly words: readonly string[]; readonly body: Body }[] {
  assertColumns(source);
  const { take, need, lines, text, object, isAtEnd } = reader(source, hclDialect);
  const blocks: { words: readonly string[]; body: Body }[] = [];
  for (lines(); !isAtEnd(); lines()) {
    const words = [need(/[a-z]+/)];
    while (take(/ (?=")/) !== undefined) words.push(text());
    need(/ \{/);
    blocks.push({ words, body: object() });
    need(/\n/);
  }
  return blocks;
}

/** As `terraform fmt` has it: where members of one line each follow each other, what they say begins in one column. */
function assertColumns(source: string): void {
  let run: {
    readonly indent: string;
    readonly line: string;
    readonly name: string;
    readonly column: number;
  }[] = [];
  const finish = (): void => {
    const column = Math.max(...run.map(({ name }) => name.length)) + 1;
    for (const member of run) assert.equal(member.column, column, member.line);
    run = [];
  };
  for (const line of source.split('\n')) {
    const [, indent, name = '', spaces = ''] = /^( *)("(?:[^"\\]|\\.)*"|[\w-]+)( +)= /.exec(line) ?? [];
    const opens = /[{[]$/.test(line);
    if (indent === undefined || opens || indent !== run[0]?.indent) finish();
    if (indent === undefined) continue;
    run.push({ indent, line, name, column: name.length + spaces.length });
    if (opens) finish();
  }
  finish();
}
