import { collectionCommands } from './collections.ts';
import type { Command } from './command.ts';
import { indexCommands } from './indexes.ts';
import { readCommands } from './reading.ts';
import { serverCommands } from './server.ts';
import { sessionCommands } from './session.ts';
import { statisticsCommands } from './statistics.ts';
import { unservedCommands } from './unserved.ts';
import { userCommands } from './users.ts';
import { writeCommands } from './writing.ts';

const commands = new Map<string, Command>(
  Object.entries({
    ...collectionCommands,
    ...indexCommands,
    ...readCommands,
    ...serverCommands,
    ...sessionCommands,
    ...statisticsCommands,
    ...userCommands,
    ...writeCommands,
  }),
);

/** What a connection does about itself rather than run as a command. */
const signingIn = ['saslStart', 'saslContinue', 'logout'];

const spellings = new Map(
  [...commands.keys(), ...unservedCommands, ...signingIn].map((name) => [name.toLowerCase(), name]),
);

/** The proper spelling of a command, which old clients write in lower case; `undefined` for no command at all. */
export function commandName(written: string): string | undefined {
  const name = spellings.get(written.toLowerCase());
  return name === written || name?.toLowerCase() === written ? name : undefined;
}

/** `undefined` for a command that is known and not served. */
export function commandOf(name: string): Command | undefined {
  return commands.get(name);
}
