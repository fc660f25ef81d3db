import type { Command } from './command.ts';
import { readCommands } from './reading.ts';
import { sessionCommands } from './session.ts';
import { writeCommands } from './writing.ts';

const commands = new Map<string, Command>();
const canonical = new Map<string, string>();
for (const [name, command] of Object.entries({ ...sessionCommands, ...readCommands, ...writeCommands })) {
  commands.set(name, command);
  canonical.set(name.toLowerCase(), name);
}

for (const name of ['saslStart', 'saslContinue', 'logout']) canonical.set(name.toLowerCase(), name);

/** The proper spelling of a command, which old clients write in lower case; `undefined` for no command at all. */
export function commandName(written: string): string | undefined {
  const name = canonical.get(written.toLowerCase());
  return name === written || name?.toLowerCase() === written ? name : undefined;
}

export function commandOf(name: string): Command | undefined {
  return commands.get(name);
}
