import { Refusal, type Reply } from './service.ts';

/** A refusal in Resource Manager's envelope. */
export function armError(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return new Refusal(armErrorReply(status, code, message, headers));
}

export function armErrorReply(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { 'x-ms-failure-cause': 'gateway', ...headers },
    body: { error: { code, message } },
  };
}

/** What a resource provider says about a body that it does not take. */
export function badRequest(message: string, code = 'BadRequest'): Refusal {
  return armError(400, code, message, { 'x-ms-failure-cause': 'service' });
}

export function resourceNotFound(type: string, name: string, resourceGroup: string): Refusal {
  const message =
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. ` +
    'For more details please go to https://aka.ms/ARMResourceNotFoundFix';
  return armError(404, 'ResourceNotFound', message);
}

export function methodNotAllowed(method: string): Refusal {
  return armError(
    405,
    'MethodNotAllowed',
    `The requested resource does not support http method '${method}'.`,
  );
}
