import type { Step } from '../../clusters/change.ts';
import type { Cloud } from '../../identity/clouds.ts';
import { comment } from './language.ts';
import { inMongosh } from './mongosh.ts';
import { beforeCli, commands } from './shell.ts';
import { isWaitedFor } from './steps.ts';

export function azureCli(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const paragraphs: string[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.to === 'database') paragraphs.push(comment('#', inMongosh(step, steps)));
    else if (isWaitedFor(steps[index - 1], steps))
      // What follows a step that failed must not be done.
      paragraphs.push(`${paragraphs.pop()} &&\n${commands(step, steps, cloud)}`);
    else paragraphs.push(commands(step, steps, cloud));
  }
  const notes = [
    ...beforeCli[cloud.id],
    ...(steps.some((step) => isWaitedFor(step, steps))
      ? ['After a wait Azure may still answer 409 Conflict: run what is left again in a minute.']
      : []),
  ];
  return [...notes.map((note) => comment('#', note)), ...paragraphs];
}
