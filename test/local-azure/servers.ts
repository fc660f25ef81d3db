import assert from 'node:assert/strict';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { tell } from './client.ts';

/** A local Azure whose clusters have servers, for a `describe`; each test finds it as new. */
export function onServers(): () => LocalAzure {
  let started: LocalAzure | undefined;
  const azure = (): LocalAzure => started ?? assert.fail('asked for before the tests');
  before(async () => {
    started = await startLocalAzure({ gateways: true });
  });
  after(() => started?.close());
  beforeEach(() => tell(azure(), 'reset'));
  return azure;
}
