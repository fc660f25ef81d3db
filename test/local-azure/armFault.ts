import { forbidden, type Caller } from './access.ts';
import { resourceNotFound } from './armError.ts';
import type { Call, Refusal } from './service.ts';

/** What the action is called that a request asks for, as refusals name it. */
function actionOf({ method, path }: Call): string {
  const [before = '', ...after] = path.replace(/\/$/, '').split(/\/providers\//i);
  const last = after.at(-1);
  const verb = { GET: 'read', DELETE: 'delete', POST: 'action' }[method] ?? 'write';
  if (last === undefined) {
    const kinds = before.split('/').filter((_, index) => index % 2 === 1);
    return `Microsoft.Resources/${kinds.join('/')}/${verb}`;
  }
  const [namespace = '', ...rest] = last.split('/');
  const types = rest.filter((_, index) => index % 2 === 0);
  return `${namespace}/${types.join('/')}/${verb}`;
}

/** The refusal of somebody who may not, whatever their roles are. */
export function forbiddenOnDemand(call: Call, caller: Caller): Refusal {
  return forbidden(caller, actionOf(call), call.path);
}

/** The refusal of something that is not there, though it is; a missing parent is named for its children. */
export function missingOnDemand({ path }: Call): Refusal {
  const [, group = '', namespace = '', type = '', name = ''] =
    /\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/([^/]+)\/([^/]+)/i.exec(path) ?? [];
  return resourceNotFound(`${namespace}/${type}`, name, group);
}
