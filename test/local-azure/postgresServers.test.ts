import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TokenOrder } from './azure.ts';
import { tell } from './client.ts';
import type { ServerGroup } from './organisation.ts';
import { onServers } from './servers.ts';

const kai = 'kai@contoso.com';

describe('The servers of PostgreSQL clusters', () => {
  const azure = onServers();
  const cluster = (name = 'ledger') =>
    azure().organisation.resources.find((one) => one.name === name) as ServerGroup;
  const hostOf = (name: string) => cluster(name).properties.serverNames[0]?.fullyQualifiedDomainName ?? '';
  const server = (name = 'ledger') => azure().postgres?.byName.get(name) ?? assert.fail();

  interface Attempt {
    readonly name?: string;
    readonly user?: string;
    readonly person?: string;
    readonly database?: string;
    readonly order?: Partial<TokenOrder>;
    readonly password?: string;
    readonly tls?: boolean;
    readonly query?: string;
    readonly wait?: number;
  }

  /** The first value that a question is answered with, or what became of it. */
  async function attempt(made: Attempt = {}): Promise<unknown> {
    const { name = 'ledger', user = 'kai.carter', person = kai, database = 'citus', tls = true } = made;
    const { audience = '' } = azure().postgres ?? {};
    const token = () =>
      azure().issueToken(person, { tenant: 'contoso.com', resource: audience, ...made.order });
    const client = new pg.Client({
      host: server(name).host,
      port: server(name).port,
      user,
      database,
      password: made.password ?? (await token()),
      ssl: tls && { ca: azure().certificateAuthority, servername: hostOf(name) },
      connectionTimeoutMillis: made.wait ?? 5000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query({ text: made.query ?? 'select 1', rowMode: 'array' });
      return (rows[0] as unknown[])[0];
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return code ?? message;
    } finally {
      await client.end();
    }
  }

  it('let in whose token is for the role, and answer a question', async () => {
    assert.equal(await attempt(), 1);
    assert.equal(await attempt({ query: 'SELECT current_user;' }), 'kai.carter');
    assert.equal(
      await attempt({ user: 'nightly_export', person: 'a9900000-0000-4000-8000-000000000003' }),
      1,
    );
    assert.equal(
      await attempt({ name: 'events', user: 'data-platform-lead', person: 'alex@contoso.com' }),
      1,
    );
    assert.equal(await attempt({ query: 'select * from orders' }), '0A000');
    assert.deepEqual(server().signIns.at(-1), { user: 'kai.carter', database: 'citus', code: undefined });
  });

  it('refuse everybody else with 28P01: another role, another case, another person, no token', async () => {
    assert.equal(await attempt({ user: 'Kai.Carter' }), '28P01');
    assert.equal(await attempt({ user: 'nobody' }), '28P01');
    assert.equal(await attempt({ person: 'alex@contoso.com' }), '28P01');
    assert.equal(await attempt({ password: 'Local-Azure-1' }), '28P01');
    assert.equal(await attempt({ user: 'citus', password: 'Local-Azure-1' }), '28P01');
    assert.equal(await attempt({ order: { lifetimeSeconds: -5 } }), '28P01');
    assert.equal(await attempt({ order: { tenant: 'fabrikam.com' } }), '28P01');
    const other = { resource: 'https://ossrdbms-aad.database.windows.net' };
    assert.equal(await attempt({ order: other }), '28P01');
    const token = await azure().issueToken(kai, {
      tenant: 'contoso.com',
      resource: azure().postgres?.audience ?? '',
    });
    assert.equal(await attempt({ password: token }), 1);
    assert.equal(await attempt({ password: `${token.slice(0, -8)}AAAAAAAA` }), '28P01', 'another signature');
  });

  it('refuse a database that is not there, a mode that is off, and who speaks in clear', async () => {
    assert.equal(await attempt({ database: 'shop' }), '3D000');
    assert.equal(await attempt({ tls: false }), '28000');
    cluster().properties.authConfig.activeDirectoryAuth = 'disabled';
    assert.equal(await attempt(), '28000');
    cluster().properties.authConfig.activeDirectoryAuth = 'enabled';
    assert.equal(await attempt(), 1);
    assert.equal(await attempt({ name: 'events', user: 'citus', password: 'x' }), '28000');
  });

  it('are found under the names that Resource Manager gives', async () => {
    const resolver = new Resolver();
    resolver.setServers([azure().nameServer?.address ?? '']);
    assert.deepEqual(await resolver.resolve4(hostOf('ledger')), [server('ledger').host]);
    assert.deepEqual(await resolver.resolve4(hostOf('events')), [server('events').host]);
    assert.ok(hostOf('ledger').endsWith(`.${azure().postgres?.suffix}`));
    assert.equal(server('ledger').port, azure().postgres?.port);
    await tell(azure(), 'names', { about: 'ledger', fault: { kind: 'notFound' } });
    await assert.rejects(resolver.resolve4(hostOf('ledger')), { code: 'ENOTFOUND' });
  });

  it('have doorways that fail', async () => {
    const doorway = azure().doorways.get('ledger');
    await doorway?.fail({ tcp: 'refused' });
    assert.equal(await attempt(), 'ECONNREFUSED');
    await doorway?.fail({ tcp: 'silent' });
    assert.match(String(await attempt({ wait: 150 })), /timeout/);
    await doorway?.fail({ tls: 'expired' });
    assert.equal(await attempt(), 'CERT_HAS_EXPIRED');
    await doorway?.fail({ tls: 'unfinished' });
    assert.match(String(await attempt({ wait: 150 })), /timeout/);
    assert.equal(
      await attempt({ name: 'events', user: 'data-platform-lead', person: 'alex@contoso.com' }),
      1,
    );
    await tell(azure(), 'doorway', { cluster: 'ledger' });
    assert.equal(await attempt(), 1);
  });

  it('are silent behind a firewall, and gone while they are stopped', async () => {
    const { behaviour } = azure().organisation;
    behaviour.firewallsGateways = true;
    assert.match(String(await attempt({ wait: 150 })), /timeout/);
    behaviour.callerAddress = '203.0.113.5';
    assert.equal(await attempt(), 1);
    cluster().properties['coordinatorEnablePublicIpAccess'] = false;
    assert.match(String(await attempt({ wait: 150 })), /timeout/);
    behaviour.firewallsGateways = false;
    cluster().properties.state = 'Stopped';
    assert.match(String(await attempt()), /ECONNRESET|terminated unexpectedly/);
    cluster().properties.state = 'Ready';
    assert.equal(await attempt(), 1);
  });

  it('refuse and hang as they are told', async () => {
    const fault = (wanted: object | null) => tell(azure(), 'postgres', { cluster: 'ledger', fault: wanted });
    assert.equal(await fault({ kind: 'refuse', code: '53300' }), 204);
    assert.equal(await attempt(), '53300');
    assert.equal(await fault({ kind: 'hang', at: 'signIn' }), 204);
    assert.match(String(await attempt({ wait: 150 })), /timeout/);
    assert.equal(await fault({ kind: 'hang', at: 'query' }), 204);
    assert.equal(await Promise.race([attempt(), sleep(200, 'waiting')]), 'waiting');
    assert.equal(await fault(null), 204);
    assert.equal(await attempt(), 1);
    for (const wrong of [{}, { kind: 'hang' }, { kind: 'refuse' }]) assert.equal(await fault(wrong), 400);
    assert.equal(await tell(azure(), 'postgres', { cluster: 'orders-eu', fault: null }), 400);
  });
});
