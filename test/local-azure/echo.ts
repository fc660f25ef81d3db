import type { Organisation } from './organisation.ts';
import type { Handler } from './service.ts';

/**
 * Says where a caller comes from, as the address services on the internet do: text and nothing around it, or JSON
 * for who asks for that. Everybody here comes from loopback, which would be no use in a firewall rule, so it says
 * an address that documents use.
 */
export function createEcho({ behaviour }: Organisation): Handler {
  return (call) => {
    if (call.method !== 'GET') return { status: 405 };
    const ip = behaviour.echoAddress || call.remoteAddress.replace(/^::ffff:/, '');
    const asJson =
      call.query.get('format') === 'json' || /\bapplication\/json\b/i.test(call.headers.accept ?? '');
    if (asJson) return { status: 200, body: { ip } };
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: ip };
  };
}
