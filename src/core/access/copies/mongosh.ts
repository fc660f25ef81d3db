import type { Step } from '../../clusters/change.ts';
import type { Cloud } from '../../identity/clouds.ts';
import { block, comment, list, written } from './language.ts';
import type { Language } from './language.ts';
import { commands } from './shell.ts';
import { sentence } from './steps.ts';

type Command = Step & { readonly to: 'database' };

export function mongosh(steps: readonly Step[], cloud: Cloud): readonly string[] {
  return [
    ...(steps.some(({ to }) => to === 'database') ? [`// In ${asAdministrator}`] : []),
    ...steps.map((step) =>
      step.to === 'database'
        ? runCommand(step)
        : comment('//', `${sentence(step, steps, 'in a shell:')}\n${commands(step, steps, cloud)}`),
    ),
  ];
}

/** A step that only the database can take, for the comments of the other formats. */
export function inMongosh(step: Command, steps: readonly Step[]): string {
  return `${sentence(step, steps, `in ${asAdministrator}`)}\n${runCommand(step)}`;
}

const asAdministrator = 'mongosh, signed in with Entra as an administrator of the cluster:';

function runCommand({ cluster, command }: Command): string {
  const where = comment('//', `on ${cluster.split('/').at(-1)}`);
  return `${where}\ndb.getSiblingDB("admin").runCommand(${written(command, javaScript)})`;
}

const javaScript: Language = {
  text: (text) => JSON.stringify(text),
  number: String,
  // That one would set what an object inherits from.
  name: (name) =>
    name === '__proto__' ? '["__proto__"]' : /^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name),
  list,
  object: (members) =>
    block(
      '{',
      members.map(([name, value]) => `${name}: ${value},`),
      '}',
    ),
  password: () => 'passwordPrompt()',
};
