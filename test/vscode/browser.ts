import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { findBrowser } from './install.ts';

/** A browser without a network of its own: everything it may open is on loopback. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findBrowser(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
