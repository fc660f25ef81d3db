import type { Step } from '../../clusters/change.ts';
import type { Cloud } from '../../identity/clouds.ts';
import { block, comment, list, members, namesWith, numbered, quotedText } from './language.ts';
import type { Language, Member } from './language.ts';
import { inMongosh } from './mongosh.ts';
import { Password, passwordsIn } from './passwords.ts';
import { clusterIdOf, targetOf } from './steps.ts';

// azapi for every kind: azurerm is pinned to API versions of its own, and has no resource for some of this.
export function terraform(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const nameOf = namesWith('_');
  const last = new Map<string, string>();
  const paragraphs = steps.flatMap((step) => {
    if (step.to === 'database') return [comment('#', inMongosh(step, steps))];
    const { type, parentId, name, word } = targetOf(step);
    const { resource, verb, note } = azapi[step.method];
    const label = nameOf(verb + word.replaceAll(/[A-Z]/g, '_$&').toLowerCase());
    const before = last.get(clusterIdOf(step));
    last.set(clusterIdOf(step), `${resource}.${label}`);
    const secret = part(step.body, true);
    const body = language.object([
      ...members(
        {
          type,
          ...(step.method === 'PUT'
            ? // Services answer some words in another case than they were asked in.
              { parent_id: parentId, name, ignore_casing: true }
            : { resource_id: step.id }),
          ...(step.method === 'DELETE' ? { method: 'DELETE' } : { body: part(step.body, false) }),
          ...(secret === undefined ? {} : { sensitive_body: secret }),
        },
        language,
      ),
      ...(before === undefined ? [] : [['depends_on', list([before])] as const]),
    ]);
    return [...passwordsIn(step.body).map(variable), `${note}resource "${resource}" "${label}" ${body}`];
  });
  const requests = steps.filter((step) => step.to === 'resourceManager');
  const notes = [
    passwordsIn(requests).length > 0
      ? 'Provider Azure/azapi 2.4 or newer, Terraform 1.11 or newer.'
      : 'Provider Azure/azapi 2.0 or newer.',
    ...(requests.some(({ method }) => method === 'PUT')
      ? ['One that does not know the API version yet wants schema_validation_enabled = false.']
      : []),
    ...providerOf(cloud),
  ];
  return [comment('#', notes.join('\n')), ...paragraphs];
}

/** What stands for each method: azapi patches by writing back what it read, and removes of itself only what it made. */
const azapi = {
  PUT: { resource: 'azapi_resource', verb: '', note: '' },
  PATCH: {
    resource: 'azapi_update_resource',
    verb: '',
    note: '# Reads the resource, and writes it back with this in it.\n',
  },
  DELETE: {
    resource: 'azapi_resource_action',
    verb: 'remove_',
    note: '# Where Terraform made it: take its block out instead.\n',
  },
};

function providerOf({ id, resourceManager, audiences }: Cloud): readonly string[] {
  switch (id) {
    case 'public':
      return [];
    case 'usGovernment':
    case 'china':
      return [`In provider "azapi": environment = "${id.toLowerCase()}"`];
    case 'custom': {
      const [endpoint, audience] = [resourceManager, audiences.resourceManager].map(language.text);
      return [
        `In provider "azapi": endpoint = [{ resource_manager_endpoint = ${endpoint}, resource_manager_audience = ${audience} }]`,
      ];
    }
  }
}

/** The passwords of a body, or all but them; a list stays in one piece. */
function part(value: unknown, secret: boolean): unknown {
  if (typeof value !== 'object' || value === null) return secret ? undefined : value;
  if (value instanceof Password || Array.isArray(value))
    return passwordsIn(value).length > 0 === secret ? value : undefined;
  const entries = Object.entries(value)
    .map(([name, item]) => [name, part(item, secret)] as const)
    .filter(([, item]) => item !== undefined);
  return secret && entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function variable(password: Password): string {
  const lines = ['type      = string', 'sensitive = true', 'ephemeral = true'];
  return block(`variable "${variableName(password)}" {`, lines, '}');
}

function variableName({ number }: Password): string {
  return numbered('new_password', '_', number);
}

/** https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md */
const language: Language = {
  text: (text) =>
    quotedText(text, '"', (code) => `\\u${code.padStart(4, '0')}`).replaceAll(/[$%](?=\{)/g, '$&$&'),
  number: String,
  name: (name) =>
    /^[a-z_][\w-]*$/i.test(name) && !/^(true|false|null|for)$/.test(name) ? name : language.text(name),
  list,
  object: (all) => block('{', inColumns(all), '}'),
  password: (password) => `var.${variableName(password)}`,
};

/** As `terraform fmt` has it: members on one line each that follow each other. */
function inColumns(all: readonly Member[]): readonly string[] {
  const runs: Member[][] = [[]];
  for (const member of all) {
    if (member[1].includes('\n')) runs.push([member], []);
    else runs.at(-1)?.push(member);
  }
  return runs.flatMap((run) => {
    const width = Math.max(...run.map(([name]) => name.length));
    return run.map(([name, value]) => `${name.padEnd(width)} = ${value}`);
  });
}
