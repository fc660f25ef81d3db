import type { Step } from '../../clusters/change.ts';
import type { Cloud, CloudId } from '../../identity/clouds.ts';
import { numbered, written } from './language.ts';
import type { Language } from './language.ts';
import { passwordsIn } from './passwords.ts';
import type { Password } from './passwords.ts';
import { isWaitedFor, targetOf, urlOf } from './steps.ts';
import type { Request } from './steps.ts';

/** A step in the Azure CLI's words, and the wait for its end where another one follows. */
export function commands(step: Request, steps: readonly Step[], cloud: Cloud): string {
  const send = azRest(step, cloud);
  return isWaitedFor(step, steps) ? `${send} &&\n${azWait(step)}` : send;
}

/** What the Azure CLI has to be told first, in a note. */
export const beforeCli: Readonly<Record<CloudId, readonly string[]>> = {
  public: [],
  usGovernment: ['Before: az cloud set --name AzureUSGovernment'],
  china: ['Before: az cloud set --name AzureChinaCloud'],
  custom: ['Before: az cloud set, to the name that az cloud list has for this cloud'],
};

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

// For every kind: the CLI's own commands for some of them lag behind the API or are extensions.
function azRest(step: Request, cloud: Cloud): string {
  const passwords = passwordsIn(step.body);
  const body = `'${written(step.body, json)}'`;
  const words = [
    `az rest --method ${step.method.toLowerCase()}`,
    `--url ${quoted(urlOf(step, cloud))}`,
    // Only for its own endpoints does the CLI know whom the token is for.
    ...(cloud.id === 'public' ? [] : [`--resource ${quoted(cloud.audiences.resourceManager)}`]),
    ...(step.body === undefined ? [] : [`--body ${passwords.length > 0 ? '@-' : body}`]),
  ];
  if (passwords.length === 0) return words.join(' \\\n  ');
  // In no history and on no command line: asked for here, and handed on through a pipe.
  const prompts = passwords.map(variable).flatMap((name) => [
    `  printf 'New password: ' >&2 && IFS= read -rs ${name} && echo >&2`,
    // As JSON has it between quotes.
    `  ${name}=$(printf %s "$${name}" | sed 's/[\\\\"]/\\\\&/g')`,
  ]);
  return ['(', ...prompts, `  printf %s ${body} |`, `    ${words.join(' \\\n      ')}`, ')'].join('\n');
}

function variable({ number }: Password): string {
  return numbered('NEW_PASSWORD', '_', number);
}

/** JSON between single quotes of a shell, which end for a moment where a variable stands. */
const json: Language = {
  text: (text) => JSON.stringify(text).replaceAll("'", `'\\''`),
  number: String,
  name: (name) => json.text(name),
  list: (items) => `[${items.join(',')}]`,
  object: (members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`,
  password: (password) => `"'"$${variable(password)}"'"`,
};

// Not --created: it waits forever for resources that have no provisioning state.
const isReady = `--custom "(properties.provisioningState || 'Succeeded') == 'Succeeded'"`;

function azWait(step: Request): string {
  const { subscription, version } = targetOf(step);
  return [
    `az resource wait ${step.method === 'DELETE' ? '--deleted' : isReady}`,
    `--subscription ${quoted(subscription)} --api-version ${quoted(version)}`,
    `--ids ${quoted(step.id)}`,
  ].join(' \\\n  ');
}
