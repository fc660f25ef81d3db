import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';

/** Whether the names of its servers are found, and lead to where a token may go. */
export const names: Check = {
  id: 'names',
  needs: ['cluster'],
  isOwn: true,
  async look({ members, addresses }) {
    try {
      const servers = await members();
      const found = await addresses();
      return pass(
        ...servers.map(({ host, port }) => ({ name: 'server' as const, value: `${host}:${port}` })),
        ...found.flatMap((server) =>
          server.addresses.map(({ address }) => ({ name: 'address' as const, value: address })),
        ),
      );
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code === 'hostRefused')
        return fail({ what: 'hostRefused', host: data.host, address: data.address });
      if (data.code !== 'databaseUnreachable') throw error;
      if (data.cause === 'noAddress') return fail({ what: 'noAddress' });
      const { host, detail: code } = data;
      // A name server that says nothing knows nothing of the name.
      const isSilent = /^(ETIMEOUT|ETIMEDOUT|ECONNREFUSED|ESERVFAIL|EREFUSED|EAI_AGAIN)$/.test(code);
      return fail(
        { what: isSilent ? 'namesSilent' : 'nameUnknown', host, code },
        { name: 'detail', value: code },
      );
    }
  },
};
