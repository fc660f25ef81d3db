import { fields, text } from './fields.ts';

/**
 * Why something that Resource Manager lists lets nobody in, in its own word: it is still being made, could not be
 * made, or is on its way out (`InProgress`, `Failed`, `Dropping`). Undefined for all that is simply there.
 */
export function unsettled(properties: unknown): string | undefined {
  const state = text(fields(properties)['provisioningState']);
  return state !== undefined && /^(inprogress|failed|cancell?ed|dropping)$/i.test(state) ? state : undefined;
}
