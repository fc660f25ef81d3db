import { parentPort, workerData } from 'node:worker_threads';
import { startLocalAzure } from '../local-azure/azure.ts';
import type { LocalAzureOptions } from '../local-azure/azure.ts';

/** Local Azure on a thread of its own, so that its work is not counted as the client's. */
const azure = await startLocalAzure(workerData as LocalAzureOptions);
parentPort?.postMessage({
  endpoints: azure.endpoints,
  certificateAuthority: azure.certificateAuthority,
  nameServer: azure.nameServer?.address,
});
parentPort?.on('message', (message: 'count' | 'faults') => {
  if (message === 'count') parentPort?.postMessage(azure.requests.length);
  else {
    const path = '/providers/Microsoft\\.ResourceGraph/';
    const body = { error: { code: 'AuthorizationFailed', message: 'Resource Graph is closed to you.' } };
    azure.faults.add({ fault: { kind: 'status', status: 403, body }, path, times: 0 });
    parentPort?.postMessage(azure.requests.length);
  }
});
