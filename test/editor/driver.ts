import { Resolver } from 'node:dns/promises';
import { MongoClient } from 'mongodb';
import * as vscode from 'vscode';
import { signIn } from '../local-azure/companion/entra.mjs';

/**
 * A person's own driver at a cluster of Contoso's: nothing of the extension's is in it. It gives up after so many
 * milliseconds without a server.
 */
export async function driverOf(login: string, cluster: string, patience = 15_000): Promise<MongoClient> {
  const { nameServer, hosts, audiences } = vscode.workspace
    .getConfiguration('cosmosEntra')
    .get('customCloud') as {
    nameServer: string;
    hosts: { mongoClusters: readonly string[] };
    audiences: { mongoClusters: string };
  };
  const [suffix] = hosts.mongoClusters;
  const names = new Resolver();
  names.setServers([nameServer]);
  const [server] = await names.resolveSrv(`_mongodb._tcp.${cluster}.${suffix}`);
  if (server === undefined) throw new Error(`${cluster} has no server`);
  const accessToken = await signIn({
    entra: process.env['LOCAL_AZURE_ENTRA'] ?? '',
    client: 'aebc6443-996d-45c2-90f0-388ff96faa56',
    tenant: 'contoso.com',
    scope: `${audiences.mongoClusters}/.default`,
    login,
    secondFactor: false,
  });
  return new MongoClient(`mongodb://127.0.0.1:${server.port}/`, {
    tls: true,
    retryWrites: false,
    serverSelectionTimeoutMS: patience,
    authMechanism: 'MONGODB-OIDC',
    authMechanismProperties: { OIDC_CALLBACK: () => Promise.resolve({ accessToken }) },
  });
}

/** What it may do there: what a command comes to, by the database's own number where it refuses. */
export async function mayAt(driver: MongoClient): Promise<{ read: string | number; write: string | number }> {
  const carts = driver.db('shop').collection('carts');
  return {
    read: await outcome(carts.findOne()),
    write: await outcome(carts.insertOne({ made: 'by a test' })),
  };
}

async function outcome(work: Promise<unknown>): Promise<string | number> {
  try {
    await work;
    return 'yes';
  } catch (error) {
    const { code, name } = error as { readonly code?: number; readonly name: string };
    return code ?? name;
  }
}
