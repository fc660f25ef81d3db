import type { Step } from '../clusters/change.ts';
import type { Fields } from '../clusters/fields.ts';
import type { Cloud } from '../identity/clouds.ts';

export type CopyFormat = 'azureCli' | 'rest' | 'bicep' | 'terraform' | 'mongosh';

type Request = Step & { readonly to: 'resourceManager' };

/** The formats that can say these steps, or some of them. */
export function formatsFor(steps: readonly Step[]): readonly CopyFormat[] {
  const requests = steps.filter((step) => step.to === 'resourceManager');
  return [
    ...(requests.length > 0 ? (['azureCli', 'rest'] as const) : []),
    // A template says what is to be there, not what is to go.
    ...(requests.some(({ method }) => method !== 'DELETE') ? (['bicep'] as const) : []),
    ...(requests.length > 0 ? (['terraform'] as const) : []),
    ...(requests.length < steps.length ? (['mongosh'] as const) : []),
  ];
}

/** The steps for somebody else to take. What a format cannot say stands in a comment; no password is in it. */
export function copyOf(format: CopyFormat, steps: readonly Step[], cloud: Cloud): string {
  const paragraphs = formats[format](steps, cloud);
  return `${paragraphs.join('\n\n')}\n`;
}

const formats: Readonly<Record<CopyFormat, (steps: readonly Step[], cloud: Cloud) => readonly string[]>> = {
  azureCli,
  rest,
  bicep,
  terraform,
  mongosh,
};

// `az rest` for every kind: the CLI's own commands for some of them lag behind the API or are extensions.
function azureCli(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const paragraphs: string[] = [];
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (step.to === 'database') paragraphs.push(comment('#', inMongosh(steps, index)));
    else if (before?.to === 'resourceManager' && isSameCluster(before, step))
      // What follows a step that failed must not be done.
      paragraphs.push(`${paragraphs.pop()} &&\n${commands(steps, index, cloud)}`);
    else paragraphs.push(commands(steps, index, cloud));
  }
  const notes = [
    ...cliOf(cloud),
    ...(steps.some((_, index) => isWaitedFor(steps, index))
      ? ['After a wait Azure may still answer 409 Conflict: run what is left again in a minute.']
      : []),
  ];
  return [...notes.map((note) => comment('#', note)), ...paragraphs];
}

function rest(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const { resourceManager: resource } = cloud.audiences;
  const token = `az account get-access-token --resource ${quoted(resource)} --query accessToken --output tsv`;
  const paragraphs = steps.map((step, index) => {
    const isMore = steps.length > 1;
    const title = isMore ? [`### ${index + 1} of ${steps.length}`] : [];
    const wait = isWaitedFor(steps, index - 1)
      ? ['# When the one before is done: its Azure-AsyncOperation address says Succeeded.']
      : [];
    if (step.to === 'database') return [...title, ...wait, comment('#', inMongosh(steps, index))].join('\n');
    const head = [`${step.method} ${urlOf(step, cloud)} HTTP/1.1`, 'Authorization: Bearer {{token}}'];
    if (step.body === undefined) return [...title, ...wait, ...head].join('\n');
    const body = JSON.stringify(
      hidden(step.body),
      (_, value: unknown) => (isSecret(value) ? '<new password>' : value),
      2,
    );
    // Whoever sends the request puts variables in place of double braces.
    const sent = body.replaceAll('{{', String.raw`{\u007b`);
    return [...title, ...wait, ...head, 'Content-Type: application/json', '', sent].join('\n');
  });
  return [comment('#', [...cliOf(cloud), `{{token}}: ${token}`].join('\n')), ...paragraphs];
}

function bicep(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const paragraphs: string[] = [];
  const elsewhere = bicepFile();
  let file = bicepFile();
  let group: string | undefined;
  for (const [index, step] of steps.entries()) {
    if (step.to === 'database') {
      paragraphs.push(comment('//', inMongosh(steps, index)));
      continue;
    }
    const { subscription, resourceGroup, names } = targetOf(step);
    switch (step.method) {
      case 'DELETE': {
        const why = 'in a shell: Bicep removes nothing by itself. Take it out of your template as well.';
        paragraphs.push(comment('//', `${ordinal(steps, index, why)}\n${commands(steps, index, cloud)}`));
        break;
      }
      case 'PATCH': {
        const note =
          'Bicep cannot patch: it writes a resource as a whole. Add this to the declaration of ' +
          `${names.join('/')}\n(${versionedType(step)}, resource group ${resourceGroup}), beside all that it says.`;
        paragraphs.push(...elsewhere.fragment(step, note));
        break;
      }
      case 'PUT': {
        // A file deploys to one resource group.
        const here = `${subscription}/${resourceGroup}`.toLowerCase();
        if (group !== here) {
          const deploy =
            `az deployment group create --subscription ${quoted(subscription)}` +
            ` --resource-group ${quoted(resourceGroup)} --template-file main.bicep`;
          const another = group === undefined ? [] : ['From here on in another file.'];
          paragraphs.push(comment('//', [...another, ...cliOf(cloud), deploy].join('\n')));
          file = bicepFile();
          group = here;
        }
        paragraphs.push(...file.resource(step));
      }
    }
  }
  return paragraphs;
}

/** What is declared in a file so far, so that it is declared once. */
function bicepFile() {
  const nameOf = namesWith('');
  const declared = new Map<string, string>();
  const last = new Map<string, string>();
  const passwords: string[] = [];
  const syntax: Syntax = { ...bicepSyntax, secret: (number) => passwords[number - 1] ?? '' };

  const parameters = (body: Value): readonly string[] =>
    secretsIn(body).map(() => {
      const name = nameOf('newPassword');
      passwords.push(name);
      return `@secure()\nparam ${name} string`;
    });

  return {
    resource(step: Request): readonly string[] {
      const { names, types, idAt, typeAt } = targetOf(step);
      const [version = ''] = step.apiVersions;
      const paragraphs: string[] = [];
      let parent: string | undefined;
      for (let depth = 1; depth < names.length; depth++) {
        const id = idAt(depth).toLowerCase();
        let symbol = declared.get(id);
        if (symbol === undefined) {
          symbol = nameOf(wordFor(types, depth));
          declared.set(id, symbol);
          const lines = [...parentLine(parent), `name: ${bicepSyntax.text(names[depth - 1] ?? '')}`];
          const type = bicepSyntax.text(`${typeAt(depth)}@${version}`);
          paragraphs.push(block(`resource ${symbol} ${type} existing =`, lines));
        }
        parent = symbol;
      }
      const body = hidden(step.body ?? {}, passwords.length);
      paragraphs.push(...parameters(body));
      const symbol = nameOf(wordFor(types, types.length));
      declared.set(step.id.toLowerCase(), symbol);
      const cluster = idAt(1).toLowerCase();
      const before = last.get(cluster);
      last.set(cluster, symbol);
      const lines = [
        ...parentLine(parent),
        `name: ${bicepSyntax.text(names.at(-1) ?? '')}`,
        ...members(body, syntax, '  '),
        // A cluster takes one change after the other.
        ...(before === undefined ? [] : [`dependsOn: [\n    ${before}\n  ]`]),
      ];
      const type = bicepSyntax.text(versionedType(step));
      return [...paragraphs, block(`resource ${symbol} ${type} =`, lines)];
    },

    fragment(step: Request, note: string): readonly string[] {
      const body = hidden(step.body ?? {}, passwords.length);
      return [...parameters(body), [comment('//', note), ...members(body, syntax, '')].join('\n')];
    },
  };
}

function parentLine(parent: string | undefined): readonly string[] {
  return parent === undefined ? [] : [`parent: ${parent}`];
}

// azapi for every kind: azurerm is pinned to API versions of its own, and has no resource for some of this.
function terraform(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const paragraphs: string[] = [];
  const nameOf = namesWith('_');
  const passwords: string[] = [];
  const last = new Map<string, string>();
  const syntax: Syntax = { ...hclSyntax, secret: (number) => `var.${passwords[number - 1]}` };

  for (const [index, step] of steps.entries()) {
    if (step.to === 'database') {
      paragraphs.push(comment('#', inMongosh(steps, index)));
      continue;
    }
    const { types, names, idAt } = targetOf(step);
    const word = snakeCase(wordFor(types, types.length));
    const name = nameOf(step.method === 'DELETE' ? `remove_${word}` : word);
    const body = hidden(step.body ?? {}, passwords.length);
    for (const _ of secretsIn(body)) {
      const variable = nameOf('new_password');
      passwords.push(variable);
      const lines = members({ type: reference('string'), sensitive: true, ephemeral: true }, syntax, '  ');
      paragraphs.push(block(`variable ${hclSyntax.text(variable)}`, lines));
    }
    const open = part(body, false) ?? {};
    const secret = part(body, true);
    const cluster = idAt(1).toLowerCase();
    const before = last.get(cluster);
    const { resource, note } = azapi[step.method];
    last.set(cluster, `${resource}.${name}`);
    const lines = members(
      {
        type: versionedType(step),
        ...(step.method === 'PUT'
          ? // Services answer some words in another case than they were asked in.
            { parent_id: idAt(types.length - 1), name: names.at(-1) ?? '', ignore_casing: true }
          : { resource_id: step.id }),
        ...(step.method === 'DELETE' ? { method: 'DELETE' } : { body: open }),
        ...(secret === undefined ? {} : { sensitive_body: secret }),
        ...(before === undefined ? {} : { depends_on: [reference(before)] }),
      },
      syntax,
      '  ',
    );
    const notes = note === undefined ? [] : [comment('#', note)];
    paragraphs.push(
      [...notes, block(`resource ${hclSyntax.text(resource)} ${hclSyntax.text(name)}`, lines)].join('\n'),
    );
  }
  const needs =
    passwords.length > 0
      ? 'Provider Azure/azapi 2.4 or newer, Terraform 1.11 or newer.'
      : 'Provider Azure/azapi 2.0 or newer.';
  const puts = steps.some((step) => step.to === 'resourceManager' && step.method === 'PUT');
  const notes = [
    needs,
    ...(puts ? ['One that does not know the API version yet wants schema_validation_enabled = false.'] : []),
    ...terraformProviderOf(cloud),
  ];
  return [comment('#', notes.join('\n')), ...paragraphs];
}

/** What stands for each method: azapi patches by writing back what it read, and removes of itself only what it made. */
const azapi = {
  PUT: { resource: 'azapi_resource', note: undefined },
  PATCH: {
    resource: 'azapi_update_resource',
    note: 'Reads the resource, and writes it back with this in it.',
  },
  DELETE: {
    resource: 'azapi_resource_action',
    note: 'Where Terraform made it: take its block out instead.',
  },
} as const;

function block(header: string, lines: readonly string[]): string {
  return [`${header} {`, ...lines.map((line) => `  ${line}`), '}'].join('\n');
}

function mongosh(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const paragraphs = steps.map((step, index) =>
    step.to === 'database'
      ? runCommand(step.command)
      : comment('//', `${ordinal(steps, index, 'in a shell:')}\n${commands(steps, index, cloud)}`),
  );
  const isSaid = steps.some(({ to }) => to === 'database');
  return [...(isSaid ? [`// ${asAdministrator('In')}`] : []), ...paragraphs];
}

function inMongosh(steps: readonly Step[], index: number): string {
  const step = steps[index];
  if (step?.to !== 'database') return '';
  return `${ordinal(steps, index, asAdministrator('in'))}\n${runCommand(step.command)}`;
}

function asAdministrator(word: string): string {
  return `${word} mongosh, signed in with Entra as an administrator of the cluster:`;
}

function runCommand(command: Fields): string {
  return `db.getSiblingDB("admin").runCommand(${printed(hidden(command), javaScript, '')})`;
}

/** A sentence about one step among others. */
function ordinal(steps: readonly Step[], index: number, text: string): string {
  if (steps.length > 1) return `${index === 0 ? 'First' : 'Then'}, ${text}`;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A step in the Azure CLI's words, and the wait for its end where another one follows. */
function commands(steps: readonly Step[], index: number, cloud: Cloud): string {
  const step = steps[index];
  if (step?.to !== 'resourceManager') return '';
  const send = azRest(step, cloud);
  return isWaitedFor(steps, index) ? `${send} &&\n${azWait(step)}` : send;
}

function azRest(step: Request, cloud: Cloud): string {
  const body = step.body === undefined ? undefined : hidden(step.body);
  const secrets = body === undefined ? [] : secretsIn(body);
  const words = [
    `az rest --method ${step.method.toLowerCase()}`,
    `--url ${quoted(urlOf(step, cloud))}`,
    // Only for its own endpoints does the CLI know whom the token is for.
    ...(cloud.id === 'public' ? [] : [`--resource ${quoted(cloud.audiences.resourceManager)}`]),
    ...(body === undefined ? [] : [secrets.length > 0 ? '--body @-' : `--body '${inShell(body)}'`]),
  ];
  if (body === undefined || secrets.length === 0) return words.join(' \\\n  ');
  // In no history and on no command line: asked for here, and handed on through a pipe.
  const prompts = secrets.map((number) => {
    const name = shellName(number);
    return [
      `  printf 'New password: ' >&2 && IFS= read -rs ${name} && echo >&2`,
      `  ${name}=$(printf %s "$${name}" | sed 's/[\\\\"]/\\\\&/g')`,
    ].join('\n');
  });
  return ['(', ...prompts, `  printf %s '${inShell(body)}' |`, `    ${words.join(' \\\n      ')}`, ')'].join(
    '\n',
  );
}

// Not --created: it waits forever for resources that have no provisioning state.
const isReady = `--custom "(properties.provisioningState || 'Succeeded') == 'Succeeded'"`;

function azWait(step: Request): string {
  const { subscription } = targetOf(step);
  const [version = ''] = step.apiVersions;
  return [
    `az resource wait ${step.method === 'DELETE' ? '--deleted' : isReady}`,
    `--subscription ${quoted(subscription)} --api-version ${quoted(version)}`,
    `--ids ${quoted(step.id)}`,
  ].join(' \\\n  ');
}

function isWaitedFor(steps: readonly Step[], index: number): boolean {
  const step = steps[index];
  const next = steps[index + 1];
  if (step?.to !== 'resourceManager' || next === undefined) return false;
  return next.to === 'database' || isSameCluster(step, next);
}

function isSameCluster(one: Request, other: Request): boolean {
  return targetOf(one).idAt(1).toLowerCase() === targetOf(other).idAt(1).toLowerCase();
}

function cliOf({ id }: Cloud): readonly string[] {
  switch (id) {
    case 'public':
      return [];
    case 'usGovernment':
      return ['Before: az cloud set --name AzureUSGovernment'];
    case 'china':
      return ['Before: az cloud set --name AzureChinaCloud'];
    case 'custom':
      return ['Before: az cloud set, to the name that az cloud list has for this cloud'];
  }
}

function terraformProviderOf({ id, resourceManager, audiences }: Cloud): readonly string[] {
  switch (id) {
    case 'public':
      return [];
    case 'usGovernment':
      return ['In provider "azapi": environment = "usgovernment"'];
    case 'china':
      return ['In provider "azapi": environment = "china"'];
    case 'custom': {
      const [endpoint, audience] = [resourceManager, audiences.resourceManager].map(hclSyntax.text);
      return [
        `In provider "azapi": endpoint = [{ resource_manager_endpoint = ${endpoint}, resource_manager_audience = ${audience} }]`,
      ];
    }
  }
}

function urlOf({ id, apiVersions: [version = ''] }: Request, { resourceManager }: Cloud): string {
  const path = id.toWellFormed().split('/').map(encodeURIComponent).join('/');
  return `${resourceManager}${path}?api-version=${encodeURIComponent(version)}`;
}

function versionedType({ type, apiVersions: [version = ''] }: Request): string {
  return `${type}@${version}`;
}

/** An ARM id taken apart: the cluster at depth 1, what is below it after that. */
function targetOf({ id, type }: Request) {
  const segments = id.split('/');
  const [namespace, ...types] = type.split('/');
  const after = (word: string): string =>
    segments[segments.findIndex((segment) => segment.toLowerCase() === word) + 1] ?? '';
  return {
    subscription: after('subscriptions'),
    resourceGroup: after('resourcegroups'),
    types,
    names: types.map((_, index) => segments.at(2 * (index - types.length) + 1) ?? ''),
    // Above the cluster is its resource group, behind two more words.
    idAt: (depth: number) =>
      segments.slice(0, segments.length - 2 * (types.length - depth + (depth === 0 ? 1 : 0))).join('/'),
    typeAt: (depth: number) => [namespace, ...types.slice(0, depth)].join('/'),
  };
}

/** A name for a resource in a template: `cluster`, and below it the last word of its type. */
function wordFor(types: readonly string[], depth: number): string {
  if (depth === 1) return 'cluster';
  const word = (types[depth - 1] ?? '').replace(/s$/, '').replaceAll(/\W/g, '_');
  return /^[a-z]/i.test(word) ? word : `_${word}`;
}

function snakeCase(word: string): string {
  return word.replaceAll(/([a-z\d])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3_$2$4').toLowerCase();
}

/** Names that nothing has yet: `user`, then `user2`. */
function namesWith(separator: string): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}${separator}${count}`;
    taken.add(name);
    return name;
  };
}

function comment(mark: '#' | '//', text: string): string {
  const lines = text.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/);
  return lines.map((line) => `${mark} ${line}`.trimEnd()).join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const secretNumber = Symbol('password');
const referenced = Symbol('reference');

/** A password that was there, by its number among those of one text. */
interface Secret {
  readonly [secretNumber]: number;
}

/** A name in the language that is written. */
interface Reference {
  readonly [referenced]: string;
}

type Value =
  | string
  | number
  | boolean
  | null
  | Secret
  | Reference
  | readonly Value[]
  | { readonly [name: string]: Value };

function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && secretNumber in value;
}

function isReference(value: Value): value is Reference {
  return typeof value === 'object' && value !== null && referenced in value;
}

function reference(name: string): Reference {
  return { [referenced]: name };
}

/** What is sent, with every password out of it. */
function hidden(body: Fields, before = 0): Value {
  let count = before;
  const hide = (value: unknown, name: string | undefined): Value => {
    if (name !== undefined && /password$|^pwd$/i.test(name)) return { [secretNumber]: ++count };
    if (typeof value !== 'object' || value === null) return value as Value;
    if (Array.isArray(value)) return value.map((item) => hide(item, undefined));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item, key)]));
  };
  return hide(JSON.parse(JSON.stringify(body)), undefined);
}

function secretsIn(value: Value): readonly number[] {
  if (isSecret(value)) return [value[secretNumber]];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** The passwords of a body, or all but them; a list stays in one piece. */
function part(value: Value, secret: boolean): Value | undefined {
  if (isSecret(value)) return secret ? value : undefined;
  if (Array.isArray(value)) return secretsIn(value).length > 0 === secret ? value : undefined;
  if (typeof value !== 'object' || value === null) return secret ? undefined : value;
  const entries = Object.entries(value).flatMap(([name, item]) => {
    const its = part(item, secret);
    return its === undefined ? [] : [[name, its] as const];
  });
  return secret && entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function shellName(number: number): string {
  return number === 1 ? 'NEW_PASSWORD' : `NEW_PASSWORD_${number}`;
}

/** JSON between single quotes of a shell, which end for a moment where a variable stands. */
function inShell(value: Value): string {
  if (isSecret(value)) return `"'"$${shellName(value[secretNumber])}"'"`;
  if (Array.isArray(value)) return `[${value.map(inShell).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, item]) => `${inShell(name)}:${inShell(item)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value).replaceAll("'", `'\\''`);
}

/** How a language writes data. */
interface Syntax {
  readonly text: (value: string) => string;
  readonly number: (value: number) => string;
  readonly name: (name: string) => string;
  readonly assign: string;
  /** What ends a member of an object, and an item of a list. */
  readonly ends: readonly [member: string, item: string];
  /** Members that follow each other on one line each stand in columns. */
  readonly columns: boolean;
  /** A list of plain things stands on one line. */
  readonly lists: 'short' | 'long';
  readonly secret: (number: number) => string;
}

function printed(value: Value, syntax: Syntax, indent: string): string {
  if (isSecret(value)) return syntax.secret(value[secretNumber]);
  if (isReference(value)) return value[referenced];
  if (typeof value === 'string') return syntax.text(value);
  if (typeof value === 'number') return syntax.number(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => printed(item, syntax, inner));
    if (items.length === 0) return '[]';
    if (syntax.lists === 'short' && !items.some((item) => item.includes('\n')))
      return `[${items.join(', ')}]`;
    return ['[', ...items.map((item) => `${inner}${item}${syntax.ends[1]}`), `${indent}]`].join('\n');
  }
  const lines = members(value, syntax, inner);
  if (lines.length === 0) return '{}';
  return ['{', ...lines.map((line) => `${inner}${line}`), `${indent}}`].join('\n');
}

/** The members of an object; `indent` is where they begin. */
function members(value: Value, syntax: Syntax, indent: string): readonly string[] {
  const { assign, ends, columns } = syntax;
  const all = Object.entries(value as Readonly<Record<string, Value>>).map(([name, item]) => ({
    name: syntax.name(name),
    text: printed(item, syntax, indent),
  }));
  const isLong = ({ text }: { text: string }): boolean => text.includes('\n');
  return all.map((member, index) => {
    const { name, text } = member;
    if (!columns || isLong(member)) return `${name}${assign}${text}${ends[0]}`;
    const start = all.slice(0, index).findLastIndex(isLong) + 1;
    const next = all.findIndex((other, place) => place > index && isLong(other));
    const widths = all.slice(start, next < 0 ? undefined : next).map((other) => other.name.length);
    return `${name.padEnd(Math.max(...widths))}${assign}${text}${ends[0]}`;
  });
}

const javaScript: Syntax = {
  text: (value) => JSON.stringify(value),
  number: String,
  // That one would set what an object inherits from.
  name: (name) =>
    name === '__proto__' ? '["__proto__"]' : /^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name),
  assign: ': ',
  ends: [',', ','],
  columns: false,
  lists: 'short',
  secret: () => 'passwordPrompt()',
};

/** https://github.com/Azure/bicep/blob/main/docs/spec/bicep.md */
const bicepSyntax: Syntax = {
  text: (value) =>
    `'${value.replaceAll(/[\\']|\$(?=\{)|[\p{Cc}\u2028\u2029\uFFFE\uFFFF]/gu, (character) => {
      if (/[\\'$]/.test(character)) return `\\${character}`;
      return shortEscapes[character] ?? `\\u{${codeOf(character)}}`;
    })}'`,
  // There are no fractions in it.
  number: (value) => (Number.isSafeInteger(value) ? String(value) : `json('${value}')`),
  name: (name) =>
    /^[a-z_]\w*$/i.test(name) && !/^(true|false|null)$/.test(name) ? name : bicepSyntax.text(name),
  assign: ': ',
  ends: ['', ''],
  columns: false,
  lists: 'long',
  secret: String,
};

/** https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md */
const hclSyntax: Syntax = {
  text: (value) =>
    `"${value.replaceAll(/["\\]|[$%](?=\{)|[\p{Cc}\u2028\u2029]/gu, (character) => {
      if (/["\\]/.test(character)) return `\\${character}`;
      if (/[$%]/.test(character)) return character.repeat(2);
      return shortEscapes[character] ?? `\\u${codeOf(character).padStart(4, '0')}`;
    })}"`,
  number: String,
  name: (name) =>
    /^[a-z_][\w-]*$/i.test(name) && !/^(true|false|null|for)$/.test(name) ? name : hclSyntax.text(name),
  assign: ' = ',
  ends: ['', ','],
  columns: true,
  lists: 'short',
  secret: String,
};

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
