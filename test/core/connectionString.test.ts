import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { MongoClient } from 'mongodb';
import type { AuthMechanismProperties } from 'mongodb';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { clientIdToFillIn, connectionString } from '../../src/core/sessions/connectionString.ts';
import type { ConnectingIdentity } from '../../src/core/sessions/connectionString.ts';
import { reaching } from '../../src/core/sessions/hosts.ts';

const host = 'orders-eu.mongocluster.cosmos.azure.com';
const clientId = '0a1b2c3d-0000-4000-8000-000000000042';
const clouds = (['public', 'usGovernment', 'china'] as const).map((id) => cloudOf(id, undefined));
const publicCloud = cloudOf('public', undefined);

const identities: readonly ConnectingIdentity[] = [
  { kind: 'interactive' },
  { kind: 'managedIdentity', clientId: undefined },
  { kind: 'managedIdentity', clientId },
  { kind: 'workloadIdentity' },
];

/** What mongosh and the driver read addresses with, as the driver carries it. */
interface AddressReader {
  readonly ConnectionString: new (text: string) => {
    readonly isSRV: boolean;
    readonly hosts: readonly string[];
    readonly username: string;
    readonly password: string;
    readonly pathname: string;
    readonly searchParams: URLSearchParams;
  };
}

function readAddress(text: string) {
  const driver = createRequire(createRequire(import.meta.url).resolve('mongodb'));
  const { ConnectionString } = driver('mongodb-connection-string-url') as AddressReader;
  return new ConnectionString(text);
}

/** What the driver makes of it; only a program can bring the callback. */
function readByDriver(text: string, identity: ConnectingIdentity) {
  const authMechanismProperties: AuthMechanismProperties = {
    OIDC_CALLBACK: () => Promise.reject(new Error('nobody asks')),
  };
  return new MongoClient(text, identity.kind === 'managedIdentity' ? {} : { authMechanismProperties })
    .options;
}

describe('a connection string', () => {
  for (const cloud of clouds) {
    for (const identity of identities) {
      const name = `${identity.kind}${'clientId' in identity && identity.clientId ? ' by its client id' : ''}`;
      const text = connectionString(host, identity, cloud);

      it(`for ${name} is what the driver takes, ${cloud.id}`, () => {
        const options = readByDriver(text, identity);
        const { credentials } = options;
        assert.equal(options.srvHost, host);
        assert.equal(options.tls, true);
        assert.equal(options.retryWrites, false);
        assert.equal(options.maxIdleTimeMS, 120_000);
        assert.equal(options.dbName, 'test', 'it names no database');
        assert.equal(credentials?.mechanism, 'MONGODB-OIDC');
        assert.equal(credentials.source, '$external');
        assert.equal(credentials.password, '');
        const { ENVIRONMENT, TOKEN_RESOURCE } = credentials.mechanismProperties;
        if (identity.kind === 'managedIdentity') {
          assert.equal(credentials.username, identity.clientId ?? '');
          assert.deepEqual(
            { ENVIRONMENT, TOKEN_RESOURCE },
            { ENVIRONMENT: 'azure', TOKEN_RESOURCE: cloud.audiences.mongoClusters },
          );
        } else {
          assert.equal(credentials.username, '');
          assert.deepEqual([ENVIRONMENT, TOKEN_RESOURCE], [undefined, undefined]);
        }
      });

      it(`for ${name} reads the same to mongosh, ${cloud.id}`, () => {
        const address = readAddress(text);
        const managed = identity.kind === 'managedIdentity';
        assert.ok(address.isSRV);
        assert.deepEqual(address.hosts, [host]);
        assert.equal(address.username, (managed ? identity.clientId : undefined) ?? '');
        assert.equal(address.password, '');
        assert.deepEqual(Object.fromEntries(address.searchParams), {
          tls: 'true',
          authMechanism: 'MONGODB-OIDC',
          ...(managed
            ? {
                authMechanismProperties: `ENVIRONMENT:azure,TOKEN_RESOURCE:${cloud.audiences.mongoClusters}`,
              }
            : {}),
          retrywrites: 'false',
          maxIdleTimeMS: '120000',
        });
      });
    }
  }

  it('reads as written down', () => {
    assert.deepEqual(
      identities.map((identity) => connectionString(reaching(host, 'global'), identity, publicCloud)),
      [
        'mongodb+srv://orders-eu.global.mongocluster.cosmos.azure.com/?tls=true&authMechanism=MONGODB-OIDC&retrywrites=false&maxIdleTimeMS=120000',
        'mongodb+srv://orders-eu.global.mongocluster.cosmos.azure.com/?tls=true&authMechanism=MONGODB-OIDC&authMechanismProperties=ENVIRONMENT:azure,TOKEN_RESOURCE:https%3A%2F%2Fossrdbms-aad.database.windows.net&retrywrites=false&maxIdleTimeMS=120000',
        `mongodb+srv://${clientId}@orders-eu.global.mongocluster.cosmos.azure.com/?tls=true&authMechanism=MONGODB-OIDC&authMechanismProperties=ENVIRONMENT:azure,TOKEN_RESOURCE:https%3A%2F%2Fossrdbms-aad.database.windows.net&retrywrites=false&maxIdleTimeMS=120000`,
        'mongodb+srv://orders-eu.global.mongocluster.cosmos.azure.com/?tls=true&authMechanism=MONGODB-OIDC&retrywrites=false&maxIdleTimeMS=120000',
      ],
    );
  });

  it('leaves a client id to be filled in where none is known, plain to see', () => {
    const identity = { kind: 'managedIdentity', clientId: clientIdToFillIn } as const;
    assert.match(connectionString(host, identity, publicCloud), /^mongodb\+srv:\/\/<client-id>@orders-eu\./);
  });

  it('has nothing for a program without a callback: the driver says so before it goes anywhere', () => {
    for (const kind of ['interactive', 'workloadIdentity'] as const)
      assert.throws(() => new MongoClient(connectionString(host, { kind }, publicCloud)), /OIDC_CALLBACK/);
  });

  it('takes whatever stands for a client id as one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (odd) => {
        const identity = { kind: 'managedIdentity', clientId: odd } as const;
        const options = readByDriver(connectionString(host, identity, publicCloud), identity);
        assert.equal(options.credentials?.username, odd);
        assert.equal(options.srvHost, host);
      }),
    );
  });
});

describe('a host of another reach', () => {
  const own = host;
  const everywhere = 'orders-eu.global.mongocluster.cosmos.azure.com';

  it('has a label more or less after the name', () => {
    for (const known of [own, everywhere]) {
      assert.equal(reaching(known, 'own'), own);
      assert.equal(reaching(known, 'global'), everywhere);
    }
  });

  it('is told from a cluster of that very name', () => {
    const named = 'global.mongocluster.cosmos.azure.com';
    assert.equal(reaching(named, 'own'), named);
    assert.equal(reaching(named, 'global'), 'global.global.mongocluster.cosmos.azure.com');
    assert.equal(reaching(reaching(named, 'global'), 'own'), named);
  });

  it('is there and back again', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
    fc.assert(
      fc.property(label, (name) => {
        const known = `${name}.mongocluster.cosmos.azure.com`;
        assert.equal(reaching(reaching(known, 'global'), 'own'), known);
      }),
    );
  });
});
