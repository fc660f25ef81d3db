/** What becomes of an error, and by whom. */
export interface Outlook {
  readonly waits: 'helps' | 'doesNot' | 'unknown';
  /** Who can mend it; undefined where the error does not say enough. */
  readonly who: 'you' | 'administrator' | 'owner' | 'nobody' | undefined;
  /** What of this extension helps. */
  readonly help?: Help | undefined;
}

export type Help = 'signIn' | 'addMe' | 'addMyIp' | 'modes' | 'portal' | 'settings' | 'ask';

/** It is over by itself. */
export const passes: Outlook = { waits: 'helps', who: 'nobody' };
/** There is nothing to mend: it is to be asked for in another way, or not at all. */
export const stays: Outlook = { waits: 'doesNot', who: 'nobody' };
export const unsaid: Outlook = { waits: 'unknown', who: undefined };

export function needs(who: 'you' | 'administrator' | 'owner', help?: Help): Outlook {
  return { waits: 'doesNot', who, ...(help === undefined ? {} : { help }) };
}

/** What a source of errors is known to say: its codes, as it spells them, by what they mean. */
export function codesOf<Meaning extends string>(
  groups: Readonly<Partial<Record<Meaning, string>>>,
): ReadonlyMap<string, Meaning> {
  return new Map(
    Object.entries<string | undefined>(groups).flatMap(([meaning, codes = '']) =>
      codes.split(' ').map((code) => [code, meaning as Meaning] as const),
    ),
  );
}
