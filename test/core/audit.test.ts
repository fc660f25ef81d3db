import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describeChange, openAudit } from '../../src/core/audit/audit.ts';
import type { AuditLine, AuditSink } from '../../src/core/audit/audit.ts';
import { redacted } from '../../src/core/audit/redaction.ts';
import type { Change } from '../../src/core/clusters/change.ts';
import type { Cluster, Grant } from '../../src/core/clusters/cluster.ts';
import { Failure } from '../../src/core/failure.ts';
import { auditText } from '../../src/editor/audit/auditText.ts';
import { ask, managementToken, resourceId } from '../local-azure/client.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { audiences, localAzure, onlyContoso, setStage } from './stage.ts';

const { kai, reporting } = samplePeople();
const contoso = tenantIds.contoso;
const clusterId =
  '/subscriptions/5b5c0000-0000-4000-8000-000000000001/resourceGroups/shop-eu/providers/Microsoft.DocumentDB/mongoClusters/orders-eu';

const cluster: Cluster = {
  key: 'k',
  kind: 'vcore',
  id: clusterId,
  name: 'orders-eu',
  subscription: '5b5c0000-0000-4000-8000-000000000001',
  resourceGroup: 'shop-eu',
  caller: { account: { id: `${kai.id}.${contoso}`, label: 'kai@contoso.com' }, tenant: contoso },
  resource: { id: clusterId, name: 'orders-eu', type: 'x', location: 'westeurope', properties: {} },
  modes: { entra: 'on', native: 'on', other: [] },
  state: 'Ready',
  read: 'yes',
};
const principal = { objectId: reporting.id, type: 'servicePrincipal', tenant: contoso } as const;
const role = { role: { name: 'readOnly' }, id: 'readAnyDatabase', keptIn: 'database' } as const;
const adding: Change = { what: 'addGrant', wanted: { principal, role, scope: undefined, alias: undefined } };
const grant: Grant = {
  id: `${clusterId}/users/${reporting.id}`,
  holder: { state: 'entra', principal, alias: 'reports' },
  role: { name: 'administrator' },
  roleId: 'root',
  scope: '/dbs/orders',
  keptIn: 'resourceManager',
};

const noon = Date.UTC(2026, 10, 21, 12);

/** An audit log whose lines are at hand, and whose clock stands until it is moved. */
function openTrial(sink: Partial<AuditSink> = {}) {
  const lines: AuditLine[] = [];
  const clock = { time: noon, now: () => clock.time };
  const keep = { write: (line: AuditLine) => lines.push(line), flush: () => Promise.resolve(), ...sink };
  return { lines, clock, audit: openAudit(clock, [keep]) };
}

const attempt = { cluster, change: adding, objectId: kai.id, name: 'reporting-app' };
const head = {
  event: 'change',
  who: {
    account: 'kai@contoso.com',
    accountId: `${kai.id}.${contoso}`,
    tenant: contoso,
    objectId: kai.id,
  },
  cluster: clusterId,
  what: {
    change: 'addGrant',
    principal: { ...principal, name: 'reporting-app' },
    role: 'readOnly',
    roleId: 'readAnyDatabase',
    scope: null,
    alias: null,
  },
};

describe('the audit log', () => {
  describe('of tokens', () => {
    const asked = {
      account: 'kai@contoso.com',
      tenant: contoso,
      resource: audiences.resourceManager,
      interactive: false,
    };
    const said = { time: '2026-11-21T12:00:00.000Z', event: 'token', ...asked };

    it('says who asked for what, where, and what came of it', () => {
      const { audit, lines } = openTrial();
      audit.tokenAsked({ ...asked, outcome: 'ok' });
      audit.tokenAsked({ ...asked, outcome: 'needsPerson', interactive: true });
      const failure = {
        code: 'signInRefused',
        tenant: contoso,
        aadsts: 50076,
        reason: 'secondFactor',
      } as const;
      audit.tokenAsked({ ...asked, outcome: new Failure(failure) });
      assert.deepEqual(lines, [
        { ...said, outcome: 'ok' },
        { ...said, outcome: 'needsPerson', interactive: true },
        { ...said, outcome: 'failed', failure },
      ]);
      assert.deepEqual(lines.map(auditText), [
        `kai@contoso.com asked for a token for ${audiences.resourceManager} in ${contoso}: ok`,
        `kai@contoso.com asked for a token for ${audiences.resourceManager} in ${contoso}, at the screen: it takes a person`,
        `kai@contoso.com asked for a token for ${audiences.resourceManager} in ${contoso}: failed (signInRefused AADSTS50076)`,
      ]);
    });
  });

  describe('of changes', () => {
    it('has a line before anything is sent, and one that tells the end whole', async () => {
      const { audit, lines, clock } = openTrial();
      const before = { grants: [] };
      const started = await audit.changeStarted(attempt, before);
      const [first] = lines;
      assert.ok(first?.event === 'change');
      assert.match(first.id, /^[\da-f-]{36}$/);
      const { id } = first;
      assert.deepEqual(lines, [
        { ...head, id, time: '2026-11-21T12:00:00.000Z', outcome: 'started', before },
      ]);

      clock.time += 12_345;
      const after = { grants: [grant] };
      const correlationIds = ['7c1f0000-0000-4000-8000-000000000001', '7c1f0000-0000-4000-8000-000000000002'];
      audit.changeEnded(started, {
        outcome: 'done',
        isOpen: false,
        after,
        correlationIds: [...correlationIds, ...correlationIds],
      });
      assert.deepEqual(lines[1], {
        ...head,
        id,
        time: '2026-11-21T12:00:12.345Z',
        outcome: 'done',
        before,
        after: JSON.parse(JSON.stringify(after)),
        correlationIds,
        milliseconds: 12_345,
      });
      assert.deepEqual(lines.map(auditText), [
        `kai@contoso.com is about to add reporting-app (${reporting.id}) as Read only to orders-eu`,
        `kai@contoso.com added reporting-app (${reporting.id}) as Read only to orders-eu: done in 12 s (correlation ${correlationIds.join(', ')})`,
      ]);
    });

    it('tells changes apart', async () => {
      const { audit, lines } = openTrial();
      await Promise.all([audit.changeStarted(attempt, null), audit.changeStarted(attempt, null)]);
      assert.equal(new Set(lines.map((line) => line.event === 'change' && line.id)).size, 2);
    });

    it('says how a change failed, and how far it came', async () => {
      const refused = {
        code: 'forbidden',
        serviceCode: 'AuthorizationFailed',
        message: 'You may not.',
      } as const;
      const left = new Failure({ code: 'signedOut', account: 'kai@contoso.com' });
      const cases: readonly (readonly [Failure, string, string, boolean?])[] = [
        [new Failure(refused), 'failed', 'failed (forbidden AuthorizationFailed) in 0 ms'],
        [new Failure({ code: 'cancelled' }), 'cancelled', 'cancelled (cancelled) in 0 ms'],
        [
          new Failure({ code: 'halfDone', left: 'nothing', reason: refused }),
          'partly',
          'done in part (forbidden AuthorizationFailed) in 0 ms',
        ],
        [new Failure({ code: 'ignored' }), 'failed', 'failed (ignored) in 0 ms'],
        [left, 'failed', 'failed (signedOut) in 0 ms'],
        [left, 'unknown', 'nobody knows (signedOut) in 0 ms', true],
        [
          new Failure({ code: 'halfDone', left: 'both', reason: left.data }),
          'partly',
          'done in part (signedOut) in 0 ms',
          true,
        ],
      ];
      for (const [failure, outcome, words, isOpen = false] of cases) {
        const { audit, lines } = openTrial();
        const started = await audit.changeStarted(attempt, undefined);
        audit.changeEnded(started, { outcome: failure, isOpen, after: undefined, correlationIds: [] });
        const [, line] = lines;
        assert.ok(line?.event === 'change' && line.outcome !== 'started');
        assert.deepEqual([line.outcome, line.failure], [outcome, failure.data]);
        assert.deepEqual([line.before, line.after], [null, null]);
        assert.ok(auditText(line).endsWith(`as Read only to orders-eu: ${words}`), auditText(line));
      }
    });

    it('is on its way to the disk before the change is', async () => {
      let kept = () => undefined as void;
      const flushed = new Promise<void>((resolve) => (kept = resolve));
      const { audit, lines } = openTrial({ flush: () => flushed });
      let started = false;
      const starting = audit.changeStarted(attempt, null).then(() => (started = true));
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual([lines.length, started], [1, false]);
      kept();
      await starting;
    });

    it('does not hold a change up for long when the disk hangs', async () => {
      const { audit } = openTrial({ flush: () => new Promise(() => undefined) });
      const started = performance.now();
      // What keeps this process alive meanwhile is a window, otherwise.
      const alive = setTimeout(() => undefined, 10_000);
      await audit.changeStarted(attempt, null);
      clearTimeout(alive);
      assert.ok(performance.now() - started < 5000);
    });

    it('keeps the end of a line whole, however much there was before', async () => {
      const { audit, lines } = openTrial();
      const rules = Array.from({ length: 2000 }, (_, index) => ({
        id: `${clusterId}/firewallRules/rule${index}`,
        name: `rule${index}`,
        start: '10.0.0.1',
        end: '10.0.0.1',
      }));
      const started = await audit.changeStarted(attempt, { rules });
      audit.changeEnded(started, {
        outcome: 'done',
        isOpen: false,
        after: { rules },
        correlationIds: ['a', 'b'],
      });
      const [first, line] = lines;
      assert.ok(first?.event === 'change' && line?.event === 'change' && line.outcome === 'done');
      assert.deepEqual(line.correlationIds, ['a', 'b']);
      assert.equal(line.milliseconds, 0);
      assert.deepEqual(line.what, head.what);
      assert.deepEqual(line.before, first.before);
      assert.deepEqual((line.after as { rules: unknown[] }).rules[100], rules[100]);
      assert.ok(JSON.stringify(line).length < 300_000);
    });
  });

  describe('of guards', () => {
    it('says who was kept from what, and by what', () => {
      const { audit, lines } = openTrial();
      const change: Change = { what: 'removeGrant', grant };
      audit.guarded({
        cluster,
        change,
        who: 'reporting-app',
        obstacle: { weight: 'stop', what: 'already', grant },
      });
      audit.guarded({ cluster, change, who: '', obstacle: { weight: 'stop', what: 'lastAdministrator' } });
      const what = (name: string | null) => ({
        change: 'removeGrant',
        grant: {
          id: grant.id,
          principal: { ...principal, name },
          login: 'reports',
          role: 'administrator',
          roleId: 'root',
          scope: '/dbs/orders',
        },
      });
      const said = {
        ...head,
        event: 'guard',
        time: '2026-11-21T12:00:00.000Z',
        who: { ...head.who, objectId: null },
      };
      assert.deepEqual(lines, [
        {
          ...said,
          what: what('reporting-app'),
          guard: { weight: 'stop', what: 'already', grant: JSON.parse(JSON.stringify(grant)) as unknown },
        },
        { ...said, what: what(null), guard: { weight: 'stop', what: 'lastAdministrator' } },
      ]);
      assert.deepEqual(lines.map(auditText), [
        `kai@contoso.com was kept from this, to remove reporting-app (${reporting.id}), Administrator, from orders-eu: already`,
        `kai@contoso.com was kept from this, to remove ${reporting.id}, Administrator, from orders-eu: lastAdministrator`,
      ]);
    });
  });

  describe('of data', () => {
    const what = {
      from: 'playground',
      command: 'insert',
      database: 'shop',
      collection: 'orders',
      detail: null,
    } as const;
    const said = { ...head, event: 'data', who: { ...head.who, objectId: null }, what };

    it('has a line when it is first done, and one that counts what came of it', () => {
      const { audit, lines, clock } = openTrial();
      const started = audit.dataChanging(cluster, what);
      clock.time += 1500;
      const ending = { outcome: 'partly', calls: 3, documents: 2, errors: ['database 11000'] } as const;
      audit.dataChanged(started, ending);
      const { id } = started.head;
      assert.match(id, /^[\da-f-]{36}$/);
      assert.deepEqual(lines, [
        { ...said, id, time: '2026-11-21T12:00:00.000Z', outcome: 'started' },
        { ...said, id, time: '2026-11-21T12:00:01.500Z', ...ending, milliseconds: 1500 },
      ]);
    });

    it('has words for people', () => {
      const { audit, lines } = openTrial();
      const dropped = { ...what, from: 'row', command: 'dropDatabase', collection: null } as const;
      const indexed = { ...what, from: 'row', command: 'createIndexes', detail: 'a_1' } as const;
      const ending = { outcome: 'done', calls: 1, documents: 1, errors: [] } as const;
      audit.dataChanged(audit.dataChanging(cluster, what), { ...ending, calls: 3, documents: 2 });
      audit.dataChanged(audit.dataChanging(cluster, dropped), {
        ...ending,
        outcome: 'failed',
        documents: null,
        errors: ['database 13'],
      });
      audit.dataChanged(audit.dataChanging(cluster, indexed), { ...ending, outcome: 'unknown' });
      assert.deepEqual(lines.map(auditText), [
        'kai@contoso.com is about to run insert on shop.orders of orders-eu, from a playground',
        'kai@contoso.com ran insert on shop.orders of orders-eu, from a playground, 3 times: done, 2 documents in 0 ms',
        'kai@contoso.com is about to run dropDatabase on shop of orders-eu, from a row',
        'kai@contoso.com ran dropDatabase on shop of orders-eu, from a row, once: failed (database 13) in 0 ms',
        'kai@contoso.com is about to run createIndexes (a_1) on shop.orders of orders-eu, from a row',
        'kai@contoso.com ran createIndexes (a_1) on shop.orders of orders-eu, from a row, once: nobody knows, 1 document in 0 ms',
      ]);
    });
  });

  describe('for people', () => {
    const textOf = (change: Change, name?: string): string => {
      const { lines, audit } = openTrial();
      audit.guarded({
        cluster,
        change,
        who: name ?? '',
        obstacle: { weight: 'stop', what: 'lastAdministrator' },
      });
      return lines
        .map(auditText)
        .join()
        .replace(/^.*to this, /, '');
    };
    const rule = { id: undefined, name: 'home', start: '10.0.0.1', end: '10.0.0.9' };

    it('has words for every change', () => {
      const native: Grant = { ...grant, holder: { state: 'native', name: 'dbadmin' } };
      const said = [
        textOf({ what: 'setModes', entra: true, native: false }),
        textOf({ what: 'setModes', entra: true, native: true }),
        textOf({ what: 'changeRole', grant, role }, 'reporting-app'),
        textOf({
          what: 'changeRole',
          grant,
          role: { ...role, role: { name: 'custom', text: 'clusterAdmin' } },
        }),
        textOf({ what: 'removeGrant', grant: native }),
        textOf({ what: 'addRule', rule }),
        textOf({ what: 'removeRule', rule: { ...rule, end: '10.0.0.1' } }),
      ].map((text) => /, to (.*): lastAdministrator$/.exec(text)?.[1]);
      assert.deepEqual(said, [
        'set the ways into orders-eu to Entra',
        'set the ways into orders-eu to Entra and passwords or keys',
        `make reporting-app (${reporting.id}) Read only instead of Administrator on orders-eu`,
        `make ${reporting.id} clusterAdmin instead of Administrator on orders-eu`,
        'remove dbadmin, Administrator, from orders-eu',
        'let 10.0.0.1 to 10.0.0.9 into orders-eu (home)',
        'stop letting 10.0.0.1 into orders-eu (home)',
      ]);
    });

    it('stays one line whatever things are called', () => {
      const text = textOf(adding, 'a\r\nkai@contoso.com added\u2028\u202eevil');
      assert.ok(text.includes('to add a kai@contoso.com added evil (5e97ce00'), text);
    });
  });

  it('describes a change without the password that goes with it', () => {
    const administrator = { userName: 'dbadmin', password: 'hunter2' };
    const data = describeChange({ what: 'setModes', entra: true, native: true, administrator }, undefined);
    assert.deepEqual(data, { change: 'setModes', entra: true, native: true, administrator: 'dbadmin' });
  });
});

describe('a redacted value', () => {
  const azure = localAzure();

  /** Real ones of every shape: what Azure, Entra and a person's disk have. */
  async function secrets(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { resourceManager } = azure().endpoints;
    const token = await managementToken(azure());
    const post = (name: string, action: string, version: string) =>
      ask(azure(), `${resourceManager}${resourceId(azure(), name)}/${action}?api-version=${version}`, {
        method: 'POST',
        token,
      });
    const accepted = await ask(
      azure(),
      `${resourceManager}${resourceId(azure(), 'carts-eu')}?api-version=2026-06-01`,
      {
        method: 'PATCH',
        token,
        body: { properties: { authConfig: { allowedModes: ['MicrosoftEntraID'] } } },
      },
    );
    const operations = [accepted.headers['azure-asyncoperation'], accepted.headers.location].map(String);
    const keys = (await post('catalog', 'listKeys', '2026-03-15')).body as Record<string, string>;
    const strings = (await post('catalog', 'listConnectionStrings', '2026-03-15')).body as {
      connectionStrings: { connectionString: string }[];
    };
    const { connectionStrings } = (await post('carts-eu', 'listConnectionStrings', '2026-06-01')).body as {
      connectionStrings: { connectionString: string }[];
    };
    const [, payload = '', signature = ''] = token.split('.');
    const key = keys['primaryMasterKey'] ?? '';
    const found = new Map([
      ['token', [token, `Bearer ${token}`, payload, signature]],
      ['header', [`type%3Daad%26ver%3D1.0%26sig%3D${token}`, `type=aad&ver=1.0&sig=${signature}`]],
      ['account key', Object.values(keys)],
      ['account key in an address', [encodeURIComponent(key)]],
      ['connection string', strings.connectionStrings.map(({ connectionString }) => connectionString)],
      [
        'connection string with a login',
        connectionStrings.map(({ connectionString }) =>
          connectionString.replace('<user>:<password>', `dbadmin:${signature.slice(0, 12)}`),
        ),
      ],
      ['operation', operations],
      [
        'private key',
        (['rsa', 'ed25519'] as const).map((kind) =>
          (kind === 'rsa'
            ? generateKeyPairSync('rsa', { modulusLength: 2048 })
            : generateKeyPairSync('ed25519')
          ).privateKey
            .export({ type: 'pkcs8', format: 'pem' })
            .toString(),
        ),
      ],
      ['refresh token', [`1.AXQA${randomBytes(600).toString('base64url')}.AgABAwEAAAA`]],
      ['client secret', [`x-18Q~${randomBytes(40).toString('base64url').replaceAll('=', '~').slice(0, 34)}`]],
    ]);
    assert.ok(operations.every((address) => address.length > 3000));
    assert.ok(Object.values(keys).length === 4 && key.endsWith('=='));
    assert.equal(connectionStrings.length, 2);
    return found;
  }

  /** The parts of a secret that are worth anything: runs that nobody could guess. */
  function worth(secret: string): readonly string[] {
    const login = /:\/\/[^:]+:([^@<]+)@/.exec(secret)?.[1];
    const runs = decodeURIComponent(secret)
      .split(/[^\w+/=~-]+/)
      .flatMap((run) => run.match(/[\w+/=~-]{24,}/g) ?? [])
      .filter((run) => /\d/.test(run) && /[A-Z]/.test(run) && /[a-z]/.test(run))
      .filter((run) => !/subscriptions|mongocluster|documents/i.test(run));
    return [...runs.map((run) => run.slice(0, 24)), ...(login === undefined ? [] : [login])];
  }

  it('has none of the real secrets, whatever shape they have and wherever they stand', async () => {
    const found = await secrets();
    for (const [what, values] of found) {
      for (const value of values) {
        const parts = worth(value);
        assert.ok(parts.length > 0, `${what} has nothing to hide: ${value}`);
        const places: readonly unknown[] = [
          value,
          `refused: ${value}, sorry`,
          `{"error":{"message":${JSON.stringify(value)}}}`,
          [[{ deep: { deeper: [value] } }]],
          { [value]: 1 },
          new Map([['any', value]]),
          new Set([value]),
          new Error(`no: ${value}`),
          new Failure({ code: 'internal', message: value }, value),
          new Failure({ code: 'service', status: 400, serviceCode: value, message: value }),
          Buffer.from(value),
          Object(value) as unknown,
        ];
        for (const place of places) {
          const shown = JSON.stringify(redacted(place));
          for (const part of parts) assert.ok(!shown.includes(part), `${what}: ${part} in ${shown}`);
        }
      }
    }
  });

  it('reaches every sink in place of what was said', async () => {
    const found = [...(await secrets()).values()].flat();
    const said: string[] = [];
    const { audit } = openTrial({ write: (line) => said.push(JSON.stringify(line), auditText(line)) });
    for (const secret of found) {
      const failure = new Failure({ code: 'service', status: 400, serviceCode: secret, message: secret });
      const asked = { account: secret, tenant: secret, resource: secret, interactive: false };
      audit.tokenAsked({ ...asked, outcome: failure });
      const wanted = { principal, role: { ...role, id: secret }, scope: secret, alias: secret };
      const change: Change = { what: 'addGrant', wanted };
      const started = await audit.changeStarted(
        { cluster: { ...cluster, id: secret }, change, objectId: secret, name: secret },
        { before: secret },
      );
      audit.changeEnded(started, {
        outcome: failure,
        isOpen: false,
        after: { after: secret },
        correlationIds: [secret],
      });
      const obstacle = { weight: 'stop', what: 'state', state: secret } as const;
      audit.guarded({ cluster, change, who: secret, obstacle });
    }
    assert.equal(said.length, found.length * 8);
    for (const secret of found) {
      for (const part of worth(secret))
        assert.ok(
          said.every((text) => !text.includes(part)),
          part,
        );
    }
  });

  it('has nothing of what goes by the name of a secret', () => {
    const names = fc.constantFrom(
      ...'password adminPassword pwd client_secret token accessToken authorization primaryMasterKey apiKey sig'.split(
        ' ',
      ),
      ...'assertion Cookie connectionString user_code credentials AccountKey'.split(' '),
    );
    const values = fc.oneof(
      fc.string({ minLength: 6, maxLength: 60 }),
      fc.integer({ min: 100_000_000 }),
      fc.record({ value: fc.stringMatching(/^[a-z]{8,20}$/) }),
      fc.array(fc.stringMatching(/^[a-z]{8,20}$/), { minLength: 1 }),
    );
    fc.assert(
      fc.property(names, values, fc.integer({ min: 0, max: 4 }), (name, value, depth) => {
        let data: unknown = { [name]: value, beside: 'it' };
        for (let level = 0; level < depth; level++) data = level % 2 === 0 ? [data] : { inside: data };
        const shown = JSON.stringify(redacted(data));
        assert.ok(shown.includes(`{${JSON.stringify(name)}:"[secret]","beside":"it"}`), shown);
      }),
    );
    assert.deepEqual(
      redacted([
        { name: 'password', value: 'x' },
        { key: 'sas', value: 'x' },
        { name: 'a', value: 'x' },
      ]),
      [
        { name: 'password', value: '[secret]' },
        { key: '[secret]', value: '[secret]' },
        { name: 'a', value: 'x' },
      ],
    );
    assert.deepEqual(
      redacted({ tokens: ['x'], passwords: 'off', keys: 'on', password: true, secret: null }),
      {
        tokens: '[secret]',
        passwords: 'off',
        keys: 'on',
        password: true,
        secret: null,
      },
    );
  });

  it('keeps what is no secret as it is', () => {
    const id = fc.uuid();
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
    const harmless = fc.oneof(
      id,
      fc.tuple(id, id).map(([a, b]) => `${a}.${b}`),
      fc
        .tuple(id, name, name, id)
        .map(
          ([a, group, cluster, user]) =>
            `/subscriptions/${a}/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/serverGroupsv2/${cluster}/roles/${user}`,
        ),
      fc.tuple(name, name).map(([a, b]) => `${a}.${b}@contoso.com`),
      fc.tuple(name, name).map(([a, b]) => `${a} ${b}`),
      name.map((host) => `${host}.mongocluster.cosmos.azure.com`),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.ipV4(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const fields = fc.constantFrom(
      ...'id name keys keyAge tokenAsked objectId correlationIds role scope before after tenant state'.split(
        ' ',
      ),
    );
    const data = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        harmless,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fields, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(data, (value) => {
        // An array of keys is an array of keys.
        fc.pre(!/"keys":\[/.test(JSON.stringify(value)));
        assert.equal(JSON.stringify(redacted(value)), JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  it('of a change is what Azure says, unharmed', async () => {
    onlyContoso(azure());
    const stage = setStage(azure());
    await stage.discovery.refresh();
    const { resource, modes } = stage.cluster('orders-eu');
    const plain = JSON.parse(JSON.stringify({ resource, modes })) as unknown;
    assert.deepEqual(redacted({ resource, modes }), plain);
  });

  it('is plain data of bounded size, whatever it was, and never throws', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          const data = redacted(value);
          const text = JSON.stringify(data);
          assert.equal(JSON.stringify(JSON.parse(text)), text);
        },
      ),
    );
    const circle: Record<string, unknown> = {};
    circle['self'] = { circle };
    assert.deepEqual(redacted(circle), { self: { circle: '[…]' } });
    assert.deepEqual(
      redacted([new Map([['a', 1]]), new Set(['b']), Object('c'), new Date(noon), new Date(Number.NaN)]),
      [[{ name: 'a', value: 1 }], ['b'], 'c', '2026-11-21T12:00:00.000Z', null],
    );
    const twice = { a: 1 };
    assert.deepEqual(redacted([twice, twice]), [twice, twice]);
    const broken = {
      get name(): string {
        throw new Error('no');
      },
    };
    assert.deepEqual(redacted({ broken, fine: 1 }), { broken: '[unreadable]', fine: 1 });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.deepEqual(redacted([proxy]), ['[unreadable]']);
    const deep = Array.from({ length: 5000 }).reduce<unknown>((inner) => ({ inner }), 'x');
    assert.ok(JSON.stringify(redacted(deep)).length < 1000);
    const wide = Array.from({ length: 100_000 }, () => ({ text: 'a b '.repeat(1000) }));
    assert.ok(JSON.stringify(redacted(wide)).length < 100_000);
    const many = redacted(Object.fromEntries(wide.entries()));
    assert.ok(JSON.stringify(many).length < 100_000);
    assert.ok(!Object.keys(many as object).includes(''));
  });

  it('is the same when it is redacted again', async () => {
    for (const secret of [...(await secrets()).values()].flat()) {
      const once = redacted({ message: `no: ${secret}` });
      assert.deepEqual(redacted(once), once);
    }
  });
});
