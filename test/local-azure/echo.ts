import type { Handler } from './service.ts';

/** Says where a caller comes from, as the address services on the internet do: text, and nothing around it. */
export function createEcho(): Handler {
  return (call) => {
    if (call.method !== 'GET') return { status: 405 };
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    return { status: 200, headers, body: call.remoteAddress.replace(/^::ffff:/, '') };
  };
}
