import type { Handler } from './service.ts';

/** A page for every link into the portal: it repeats where the link led, which is all that there is to see. */
export function createPortal(): Handler {
  return (call) => {
    const path = call.path.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'",
      },
      body: `<!doctype html><title>Local portal</title><h1>Local portal</h1><p>${path}</p>`,
    };
  };
}
