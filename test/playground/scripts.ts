import { aggregationScripts } from './aggregationScripts.ts';
import { bulkScripts } from './bulkScripts.ts';
import { collectionScripts } from './collectionScripts.ts';
import { cursorScripts } from './cursorScripts.ts';
import { databaseScripts } from './databaseScripts.ts';
import { explainScripts } from './explainScripts.ts';
import { globalScripts } from './globalScripts.ts';
import type { Script } from './script.ts';
import { typeScripts } from './typeScripts.ts';

/** Every question that a playground and mongosh are both asked. The place of each is its database's name. */
export const scripts: readonly Script[] = [
  ...collectionScripts,
  ...cursorScripts,
  ...aggregationScripts,
  ...bulkScripts,
  ...databaseScripts,
  ...explainScripts,
  ...globalScripts,
  ...typeScripts,
];
