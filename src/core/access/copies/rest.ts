import type { Step } from '../../clusters/change.ts';
import type { Cloud } from '../../identity/clouds.ts';
import { comment } from './language.ts';
import { inMongosh } from './mongosh.ts';
import { Password } from './passwords.ts';
import { beforeCli, quoted } from './shell.ts';
import { isWaitedFor, urlOf } from './steps.ts';

/** As the REST clients of editors read it: `###` between requests, `#` before comments, `{{}}` around variables. */
export function rest(steps: readonly Step[], cloud: Cloud): readonly string[] {
  const resource = quoted(cloud.audiences.resourceManager);
  const token = `az account get-access-token --resource ${resource} --query accessToken --output tsv`;
  return [
    comment('#', [...beforeCli[cloud.id], `{{token}}: ${token}`].join('\n')),
    ...steps.map((step, index) =>
      [
        ...(steps.length > 1 ? [`### ${index + 1} of ${steps.length}`] : []),
        ...(isWaitedFor(steps[index - 1], steps)
          ? ['# When the one before is done: its Azure-AsyncOperation address says Succeeded.']
          : []),
        ...(step.to === 'database'
          ? [comment('#', inMongosh(step, steps))]
          : [
              `${step.method} ${urlOf(step, cloud)} HTTP/1.1`,
              'Authorization: Bearer {{token}}',
              ...(step.body === undefined ? [] : ['Content-Type: application/json', '', json(step.body)]),
            ]),
      ].join('\n'),
    ),
  ];
}

function json(body: object): string {
  const text = JSON.stringify(
    body,
    (_, value: unknown) => (value instanceof Password ? '<new password>' : value),
    2,
  );
  // Whoever sends the request puts variables in place of double braces.
  return text.replaceAll('{{', String.raw`{\u007b`);
}
