import { account } from './account.ts';
import type { KindId } from './cluster.ts';
import type { Kind } from './kind.ts';
import { postgres } from './postgres.ts';
import { vcore } from './vcore.ts';

export const kinds: Readonly<Record<KindId, Kind>> = { vcore, postgres, account };

/** The kind of a resource, by its ARM type, which services spell in any case. */
export function kindOfType(armType: string): Kind | undefined {
  return Object.values(kinds).find((kind) => kind.armType.toLowerCase() === armType.toLowerCase());
}

/** Whether people speak MongoDB with such a cluster. */
export function speaksMongo(kind: KindId): boolean {
  return kinds[kind].sessions === 'mongodb';
}
