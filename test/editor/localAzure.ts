import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { DoorwayFaults } from '../local-azure/doorway.ts';
import type { FaultRule } from '../local-azure/faults.ts';
import type { Behaviour } from '../local-azure/organisation.ts';

/** Where the Azure beside this editor listens. */
export const armHost = new URL(process.env['LOCAL_AZURE_ARM'] ?? 'https://nowhere').host;

/** As it was when the suite began, the data and users inside the clusters included. */
export function resetAzure(): Promise<void> {
  return post('reset', {});
}

/** Something that goes wrong from now on. */
export function fault(rule: FaultRule): Promise<void> {
  return post('faults', rule);
}

/** Nothing goes wrong any more, and what was held back is answered. */
export function faultless(): Promise<void> {
  return post('faults', { clear: true });
}

/** Where the real services may do one thing or another, this is what they do from now on. */
export function behave(behaviour: Partial<Behaviour>): Promise<void> {
  return post('behaviour', behaviour);
}

/** Somebody is no longer in the directory, and still wherever they were let in. */
export function forget(objectId: string): Promise<void> {
  return post('people', { forget: objectId });
}

/** A cluster lets in whoever comes under this id, whatever it is the id of. */
export function register(cluster: string, id: string, type: 'User' | 'ServicePrincipal'): Promise<void> {
  return post('registration', { cluster, id, type });
}

/** What goes wrong before a cluster is spoken to; nothing, where nothing is named. */
export function doorway(cluster: string, faults: DoorwayFaults): Promise<void> {
  return post('doorway', { cluster, ...faults });
}

/** The database of a cluster holds back its answers to a command; to none, where nothing is named. */
export function silence(cluster: string, command?: string): Promise<void> {
  const fault = command === undefined ? null : { kind: 'hang', command };
  return post('gateway', { cluster, fault });
}

/** A resource gets a management lock (null takes it away), or is in another state. */
export function change(
  id: string,
  to: { readonly lock?: 'ReadOnly' | 'CanNotDelete' | null; readonly properties?: object },
): Promise<void> {
  return post('resource', { id, ...to });
}

/** Resource Manager refuses, as it would with this code. */
export function refusal(status: number, code: string, message = 'No.'): FaultRule['fault'] {
  return { kind: 'status', status, body: { error: { code, message } } };
}

/** Resource Manager has had enough of this caller for so many seconds. */
export function wait(seconds: number): FaultRule['fault'] {
  const body = { error: { code: 'RateLimiting', message: 'Too many requests.' } };
  return { kind: 'status', status: 429, headers: { 'retry-after': String(seconds) }, body };
}

/** Resource Manager answers something else than it holds. */
export function answer(body: unknown): FaultRule['fault'] {
  return { kind: 'status', status: 200, body };
}

/** The shop's clusters in Europe, by their names. */
export function clusterId(name: string): string {
  return `/subscriptions/5b5c0000-0000-4000-8000-000000000001/resourceGroups/shop-eu/providers/Microsoft.DocumentDB/mongoClusters/${name}`;
}

/** A row of Resource Graph's for one of them, with these modes. */
export function found(name: string, ...allowedModes: readonly string[]): object {
  const type = 'microsoft.documentdb/mongoclusters';
  return { id: clusterId(name), name, type, kind: '', location: 'westeurope', authConfig: { allowedModes } };
}

/** It is answered when the test has seen what there is to see meanwhile, and calls for `faultless`. */
export const hold: FaultRule['fault'] = { kind: 'hold' };

export const resourceGraph = '^/providers/Microsoft.ResourceGraph/resources$';
export const subscriptions = '^/subscriptions$';

function post(
  what: 'faults' | 'reset' | 'behaviour' | 'people' | 'registration' | 'doorway' | 'gateway' | 'resource',
  body: object,
): Promise<void> {
  const url = `https://${armHost}/local-azure/${what}`;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST' }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('error', reject);
      response.on('end', () => {
        try {
          assert.equal(response.statusCode, 204, text);
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
