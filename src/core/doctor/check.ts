import type { Facts } from './facts.ts';
import type { CheckId, Look } from './report.ts';

/** One thing to look at. It changes nothing and asks nobody. */
export interface Check {
  readonly id: CheckId;
  /** It is not made where one of these has failed, or was not made itself. */
  readonly needs: readonly CheckId[];
  /** It waits for these, whatever they come to. */
  readonly behind?: readonly CheckId[];
  /** It takes the person's own token, or their machine. */
  readonly isOwn?: true;
  look(facts: Facts): Promise<Look>;
}
