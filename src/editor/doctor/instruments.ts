import { usualLimits } from '../../core/doctor/facts.ts';
import type { Instruments } from '../../core/doctor/facts.ts';
import { resolverOf } from '../../core/sessions/hosts.ts';
import type { App } from '../app.ts';
import { ownAddress } from '../access/ownAddresses.ts';

/** What there is to look with, by the settings as they are. */
export function instrumentsOf(app: App): Instruments {
  const { cloud, door, tokens, directory, permissions } = app.azure();
  return {
    door,
    tokens,
    directory,
    resolver: resolverOf(cloud),
    clock: Date,
    ownAddress: (signal) => ownAddress(app, signal),
    permissions,
    limits: usualLimits,
  };
}
