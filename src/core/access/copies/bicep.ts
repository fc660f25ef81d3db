import type { Step } from '../../clusters/change.ts';
import type { Cloud } from '../../identity/clouds.ts';
import { block, comment, members, namesWith, numbered, quotedText } from './language.ts';
import type { Language, Member } from './language.ts';
import { inMongosh } from './mongosh.ts';
import { passwordsIn } from './passwords.ts';
import { beforeCli, commands, quoted } from './shell.ts';
import { clusterIdOf, sentence, targetOf } from './steps.ts';
import type { Request } from './steps.ts';

export function bicep(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const paragraphs: string[] = [];
  let group: string | undefined;
  let declare = declarations();
  for (const step of steps) {
    if (step.to === 'database') {
      paragraphs.push(comment('//', inMongosh(step, steps)));
      continue;
    }
    const { subscription, resourceGroup, name, type } = targetOf(step);
    switch (step.method) {
      case 'DELETE': {
        const why = 'in a shell: Bicep removes nothing by itself. Take it out of your template as well.';
        paragraphs.push(comment('//', `${sentence(step, steps, why)}\n${commands(step, steps, cloud)}`));
        break;
      }
      case 'PATCH': {
        const note =
          `Bicep cannot patch: it writes a resource as a whole. Add this to the declaration of ${name}\n` +
          `(${type}, resource group ${resourceGroup}), beside all that it says.`;
        const body = lines(members(step.body ?? {}, language));
        paragraphs.push(...parameters(step), [comment('//', note), ...body].join('\n'));
        break;
      }
      case 'PUT': {
        // A file deploys to one resource group.
        const place = `--subscription ${quoted(subscription)} --resource-group ${quoted(resourceGroup)}`;
        if (group !== place.toLowerCase()) {
          const deploy = `az deployment group create ${place} --template-file main.bicep`;
          const another = group === undefined ? [] : ['From here on in another file.'];
          paragraphs.push(comment('//', [...another, ...beforeCli[cloud.id], deploy].join('\n')));
          group = place.toLowerCase();
          declare = declarations();
        }
        paragraphs.push(...declare(step));
      }
    }
  }
  return paragraphs;
}

/** Declares what is put below clusters in one file: each cluster once, its changes one after the other. */
function declarations(): (step: Request) => readonly string[] {
  const nameOf = namesWith('');
  const declared = new Map<string, { readonly cluster: string; readonly last: string }>();
  return (step) => {
    const target = targetOf(step);
    const before = declared.get(clusterIdOf(step));
    const cluster = before?.cluster ?? nameOf('cluster');
    const last = nameOf(target.word);
    declared.set(clusterIdOf(step), { cluster, last });
    const body: readonly Member[] = [
      ['parent', cluster],
      ['name', language.text(target.name)],
      ...members(step.body ?? {}, language),
      ...(before === undefined ? [] : [['dependsOn', language.list([before.last])] as const]),
    ];
    const above = language.object([['name', language.text(target.cluster)]]);
    return [
      ...(before === undefined
        ? [`resource ${cluster} ${language.text(target.clusterType)} existing = ${above}`]
        : []),
      ...parameters(step),
      `resource ${last} ${language.text(target.type)} = ${language.object(body)}`,
    ];
  };
}

function parameters({ body }: Request): readonly string[] {
  return passwordsIn(body).map((password) => `@secure()\nparam ${language.password(password)} string`);
}

function lines(all: readonly Member[]): readonly string[] {
  return all.map(([name, value]) => `${name}: ${value}`);
}

/** https://github.com/Azure/bicep/blob/main/docs/spec/bicep.md */
const language: Language = {
  text: (text) => quotedText(text, "'", (code) => `\\u{${code}}`).replaceAll('${', '\\${'),
  // There are no fractions in it.
  number: (number) => (Number.isSafeInteger(number) ? String(number) : `json('${number}')`),
  name: (name) =>
    /^[a-z_]\w*$/i.test(name) && !/^(true|false|null)$/.test(name) ? name : language.text(name),
  list: (items) => block('[', items, ']'),
  object: (all) => block('{', lines(all), '}'),
  password: ({ number }) => numbered('newPassword', '', number),
};
