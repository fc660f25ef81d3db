import { fields, text } from '../../clusters/fields.ts';
import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';

/** The first thing that anybody does: see which databases there are. */
export const command: Check = {
  id: 'command',
  needs: ['signIn'],
  isOwn: true,
  async look({ command }) {
    try {
      const answer = await command({ listDatabases: 1, nameOnly: true, authorizedDatabases: true });
      const databases = Array.isArray(answer['databases']) ? answer['databases'] : [];
      const names = databases.flatMap((database) => text(fields(database)['name']) ?? []);
      return pass({ name: 'databases', value: String(names.length) });
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code === 'cancelled') throw error;
      if (data.code !== 'database') return fail({ what: 'failed', failure: data });
      const serverCode = String(data.serverCode);
      return fail({ what: 'commandRefused', serverCode }, { name: 'serverCode', value: serverCode });
    }
  },
};
