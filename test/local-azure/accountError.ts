import { randomUUID } from 'node:crypto';
import { Refusal, type Reply } from './service.ts';

/** A refusal as an account's data plane words it. */
export function accountError(status: number, code: string, message: string, substatus?: number): Refusal {
  return new Refusal(accountErrorReply(status, code, message, substatus));
}

export function accountErrorReply(status: number, code: string, message: string, substatus?: number): Reply {
  const activityId = randomUUID();
  return {
    status,
    headers: {
      'x-ms-activity-id': activityId,
      ...(substatus !== undefined && { 'x-ms-substatus': String(substatus) }),
    },
    body: {
      code,
      message: `${message}\r\nActivityId: ${activityId}, Microsoft.Azure.Documents.Common/2.14.0`,
    },
  };
}
