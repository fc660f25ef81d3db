import { Failure } from '../failure.ts';
import type { Asked, Refusal } from '../failure.ts';

/**
 * Entra's numbers, by what a person can do about them. They decide words and advice only, never the flow
 * (Microsoft changes them): https://login.microsoftonline.com/error?code=50076 explains each.
 */
const reasons: readonly (readonly [Refusal, readonly number[]])[] = [
  ['secondFactor', [50072, 50074, 50076, 50078, 50079, 50158]],
  ['conditionalAccess', [53002, 53003, 53004, 53011, 50131, 530032, 530034, 530035]],
  ['device', [53000, 53001, 50097, 50129, 50155]],
  ['consent', [65001, 65004, 90094, 90095]],
  ['notPreauthorised', [65002]],
  ['notAssigned', [50105]],
  ['notInTenant', [90072, 50020, 16000, 50034, 51004, 50014]],
  ['tenantPolicy', [500212, 500213, 500021, 500022]],
  ['applicationMissing', [700016, 700011, 7000112, 70001]],
  ['resourceMissing', [500011, 50001, 65005, 650052, 650056, 650057]],
  ['accountState', [50057, 50053, 50055, 50144, 50126]],
  ['sessionOver', [50173, 70008, 700082, 700084, 70043, 50132, 50133, 50058, 50196]],
  ['tenantUnknown', [90002, 90038]],
  ['transient', [90024, 90033, 50033, 90006]],
];

/** What the editor's sign-in threw, as a failure. Its text is read for the number and then dropped. */
export function refusalOf(error: unknown, asked: Asked): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const aadsts = /AADSTS(\d+)/.exec(text)?.[1];
  if (aadsts === undefined) {
    const declined = /cancel|did not consent|denied|declined/i.test(text);
    return declined
      ? new Failure({ code: 'cancelled' }, error)
      : new Failure({ code: 'signInNeeded', ...asked }, error);
  }
  const number = Number(aadsts);
  const reason = reasonOf(number);
  return new Failure({ code: 'signInRefused', ...asked, aadsts: number, reason }, error);
}

export function reasonOf(aadsts: number): Refusal {
  return reasons.find(([, numbers]) => numbers.includes(aadsts))?.[0] ?? 'other';
}
