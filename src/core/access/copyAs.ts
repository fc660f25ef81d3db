import type { Step } from '../clusters/change.ts';
import type { Cloud } from '../identity/clouds.ts';
import { azureCli } from './copies/azureCli.ts';
import { bicep } from './copies/bicep.ts';
import { mongosh } from './copies/mongosh.ts';
import { withoutPasswords } from './copies/passwords.ts';
import { rest } from './copies/rest.ts';
import { terraform } from './copies/terraform.ts';

const formats = { azureCli, rest, bicep, terraform, mongosh };

export type CopyFormat = keyof typeof formats;

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
  return `${formats[format](withoutPasswords(steps), cloud).join('\n\n')}\n`;
}
