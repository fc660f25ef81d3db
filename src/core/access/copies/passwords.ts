import type { Step } from '../../clusters/change.ts';

/** Stands where a password was. */
export class Password {
  /** Among those of all steps, from 1 on. */
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** The same steps, with a `Password` in place of each password: no format ever sees one. */
export function withoutPasswords(steps: readonly Step[]): readonly Step[] {
  let count = 0;
  return JSON.parse(JSON.stringify(steps), (name, value: unknown) =>
    /password$|^pwd$/i.test(name) ? new Password(++count) : value,
  );
}

export function passwordsIn(value: unknown): readonly Password[] {
  if (value instanceof Password) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(passwordsIn) : [];
}
