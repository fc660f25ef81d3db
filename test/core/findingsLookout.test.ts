import assert from 'node:assert/strict';
import type { Door } from '../../src/core/azure/door.ts';
import type { RuleId } from '../../src/core/findings/finding.ts';
import { Lookout } from '../../src/core/findings/lookout.ts';
import type { Pace } from '../../src/core/findings/lookout.ts';
import { judge, rules } from '../../src/core/findings/rules.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { mongoUser } from '../local-azure/newCluster.ts';
import type { Resource } from '../local-azure/organisation.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { consent } from './consent.ts';
import { tell } from '../local-azure/client.ts';
import { always, localAzure, onlyContoso, sent, setStage, startAzure, until } from './stage.ts';
import type { Scene, Stage } from './stage.ts';

const hurried: Pace = { atOnce: 2, between: 0, again: 3_600_000, patience: 1 };
const everything = ['User.Read', 'Directory.Read.All', 'Application.Read.All'];

/** A lookout over what a stage has listed. */
function lookoutOf(stage: Stage, pace: Partial<Pace> = {}, clock: { now(): number } = Date) {
  let told = 0;
  const { door, directory, tokens, discovery } = stage;
  const lookout = new Lookout({
    door,
    directory,
    tokens,
    discovery,
    clock,
    changed: () => void told++,
    pace: { ...hurried, ...pace },
  });
  return {
    lookout,
    get told() {
      return told;
    },
    lines: (): readonly string[] =>
      judge(lookout.known, {
        severity: (rule) => rules[rule].severity,
        keyDays: 90,
        certificateDays: 30,
        now: Date.now(),
      }).map((finding) => {
        const id = finding.id.split('|').at(-1) ?? '';
        return [finding.severity, finding.rule, finding.known.cluster.name, ...(id === '' ? [] : [id])].join(
          ' ',
        );
      }),
  };
}

/** How many requests are under way at once at most. */
function watched(): { readonly scene: Scene; readonly most: () => number; readonly anew: () => void } {
  let running = 0;
  let most = 0;
  const send =
    <T>(next: (call: Parameters<Door['send']>[0]) => Promise<T>) =>
    async (call: Parameters<Door['send']>[0]): Promise<T> => {
      most = Math.max(most, ++running);
      try {
        return await next(call);
      } finally {
        running--;
      }
    };
  return {
    scene: {
      door: (door) => ({
        ...door,
        send: send((call) => door.send(call)),
        exchange: send((call) => door.exchange(call)),
      }),
    },
    most: () => most,
    anew: () => (most = 0),
  };
}

describe('the lookout', () => {
  const azure = localAzure();
  beforeEach(() => onlyContoso(azure()));
  const { fabrikam } = tenantIds;
  const people = samplePeople();
  const gone = '60e60e00-0000-4000-8000-000000000007';

  const listedStage = async (scene: Scene = {}): Promise<Stage> => {
    const stage = setStage(azure(), scene);
    await stage.discovery.refresh();
    return stage;
  };
  const reads = (pattern: RegExp): number => sent(azure(), pattern).length;
  const resource = (name: string): Resource =>
    azure().organisation.resources.find((one) => one.name === name) ?? assert.fail(name);

  it('says what the list says before it looked, and asks nothing for it', async () => {
    const stage = await listedStage();
    const before = azure().requests.length;
    const { lookout, lines } = lookoutOf(stage);
    assert.deepEqual(lines(), ['warning nativeOnly archive-2023', 'warning nativeOnly legacy-shop']);
    assert.equal(lookout.lookedAt, undefined);
    assert.equal(azure().requests.length, before);
  });

  it('finds in the sample what is there, by what this caller may read', async () => {
    const { lookout, lines } = lookoutOf(await listedStage());
    await lookout.look();
    assert.deepEqual(lines(), [
      'error openToEveryone carts-eu',
      'error openToEveryone catalog',
      'error openToEveryone clicks',
      'error openToEveryone profiles',
      'error openToEveryone relations',
      'error openToEveryone telemetry',
      'error openToEveryone web-sessions',
      'error openToEveryone wishlists',
      'error noAdministrator events',
      'error noAdministrator ledger',
      'warning nativeAccess carts-eu',
      'warning nativeAccess catalog',
      'warning nativeAccess ledger',
      'warning nativeAccess orders-staging',
      'warning nativeAccess reviews-eu',
      'warning nativeOnly archive-2023',
      'warning nativeOnly invoices',
      'warning nativeOnly legacy-shop',
      `warning orphan orders-eu ${gone}`,
      `warning foreignUser orders-eu ${people.fabrikamSupport.id}`,
      'warning oldKey catalog',
      'warning oldKey wishlists',
      'information singleAdministrator reviews-eu',
    ]);
    // The editor's own application may look up people alone.
    const { caller } = lookout.known[0]?.cluster ?? assert.fail();
    assert.deepEqual(lookout.gaps, [{ what: 'nameless', caller, count: 6 }]);
  });

  it('names who is gone and whose certificate ends where the directory may be read', async () => {
    consent(azure(), everything);
    const { lookout, lines } = lookoutOf(await listedStage());
    await lookout.look();
    const of = (rule: RuleId): readonly string[] => lines().filter((line) => line.includes(` ${rule} `));
    assert.deepEqual(of('orphan'), [`warning orphan catalog ${gone}`, `warning orphan orders-eu ${gone}`]);
    assert.deepEqual(of('foreignUser'), [`warning foreignUser orders-eu ${people.fabrikamSupport.id}`]);
    assert.deepEqual(of('certificate'), [
      `warning certificate catalog ${people.reporting.id}`,
      `warning certificate orders-eu ${people.reporting.id}`,
    ]);
    assert.deepEqual(lookout.gaps, []);
    // The same application at another cluster is not asked about again.
    const asked = azure().requests.filter(({ path }) => path.endsWith('$batch'));
    assert.ok(asked.length <= 4, String(asked.length));
  });

  it('asks nothing about certificates or names without the consent for it', async () => {
    consent(azure(), ['User.Read']);
    const { lookout, lines } = lookoutOf(await listedStage());
    await lookout.look();
    assert.equal(reads(/batch|getByIds/), 0);
    assert.ok(lines().every((line) => !/ (orphan|certificate) /.test(line)));
  });

  it('says of which tenants not all is listed', async () => {
    await tell(azure(), 'reset');
    const stage = await listedStage();
    const { lookout } = lookoutOf(stage);
    await lookout.look();
    assert.deepEqual(
      lookout.gaps.flatMap((gap) => (gap.what === 'tenant' ? [[gap.caller.tenant, gap.failure.code]] : [])),
      [[stage.caller('Tailspin Toys').tenant, 'signInNeeded']],
    );
  });

  it('says what it could not look at, and takes it neither for clean nor for wrong', async () => {
    const stage = await listedStage();
    const body = { error: { code: 'AuthorizationFailed', message: 'no' } };
    for (const path of ['/mongoClusters/carts-eu$', '/orders-eu/users$', '/orders-eu/firewallRules$'])
      azure().faults.add(always({ method: 'GET', path, fault: { kind: 'status', status: 403, body } }));
    const { lookout, lines } = lookoutOf(stage);
    await lookout.look();
    assert.deepEqual(
      lookout.gaps.flatMap((gap) =>
        'cluster' in gap ? [[gap.cluster.name, gap.what, gap.failure.code]] : [],
      ),
      [
        ['carts-eu', 'cluster', 'forbidden'],
        ['orders-eu', 'grants', 'forbidden'],
        ['orders-eu', 'rules', 'forbidden'],
      ],
    );
    assert.ok(lines().every((line) => !/carts-eu|orders-eu/.test(line)));
    // It is looked at anew when somebody wants that, and the reason is gone.
    azure().faults.clear();
    await lookout.lookAgain();
    assert.ok(lookout.gaps.every(({ what }) => what === 'nameless'));
    assert.ok(lines().includes('error openToEveryone carts-eu'));
  });

  it('says so where the directory does not answer', async () => {
    const stage = await listedStage();
    azure().faults.add(always({ service: 'graph', fault: { kind: 'status', status: 400, body: {} } }));
    const { lookout } = lookoutOf(stage);
    await lookout.look();
    assert.ok(lookout.gaps.length > 3);
    assert.ok(lookout.gaps.every(({ what }) => what === 'names'));
  });

  it('looks anew at what changed alone, and at all after some hours or when told', async () => {
    let time = Date.now();
    const stage = await listedStage();
    const { lookout, lines } = lookoutOf(stage, {}, { now: () => time });
    await lookout.look();
    const before = azure().requests.length;
    await lookout.look();
    assert.equal(azure().requests.length, before, 'a second look asks nothing');
    await stage.discovery.refresh();
    const listed = azure().requests.length;
    await lookout.look();
    assert.equal(azure().requests.length, listed, 'nor does one after a list that says the same');

    const carts = resource('carts-eu');
    assert.ok(carts.type === 'Microsoft.DocumentDB/mongoClusters');
    carts.firewallRules.length = 0;
    await lookout.lookAgain(stage.cluster('carts-eu').key);
    assert.ok(!lines().includes('error openToEveryone carts-eu'));
    const again = azure()
      .requests.slice(listed)
      .map(({ path }) => path.split('/').slice(8).join('/'));
    assert.deepEqual(again.toSorted(), ['carts-eu', 'carts-eu/firewallRules', 'carts-eu/users']);

    carts.users.push(mongoUser(people.fabrikamSupport.id, 'User', fabrikam));
    lookout.expire();
    await lookout.look();
    assert.ok(lines().some((line) => line.startsWith('warning foreignUser carts-eu')));

    const all = azure().requests.length;
    time += hurried.again;
    await lookout.look();
    assert.ok(azure().requests.length - all > 20);
  });

  it('looks once at what it is looking at already', async () => {
    const stage = await listedStage();
    const { lookout } = lookoutOf(stage);
    const looking = lookout.look();
    for (let times = 0; times < 200; times++) {
      void lookout.look();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await looking;
    const asked = sent(azure(), /^GET .*\/mongoClusters\/[^/]+$/).map(({ path }) => path);
    assert.ok(asked.length > 5);
    assert.equal(new Set(asked).size, asked.length);
  });

  it('looks anew at a cluster that is listed with other ways in', async () => {
    const stage = await listedStage();
    const { lookout, lines } = lookoutOf(stage);
    await lookout.look();
    const legacy = resource('legacy-shop');
    Object.assign(legacy.properties, { authConfig: { allowedModes: ['MicrosoftEntraID'] } });
    await stage.discovery.refreshCluster(stage.cluster('legacy-shop').key);
    const before = azure().requests.length;
    await lookout.look();
    assert.ok(azure().requests.length - before <= 3);
    assert.ok(lines().some((line) => line.endsWith('noAdministrator legacy-shop')));
    assert.ok(!lines().some((line) => line.endsWith('nativeOnly legacy-shop')));
  });

  it('stops when it is called off, and forgets what other people saw', async () => {
    const stage = await listedStage();
    const { lookout } = lookoutOf(stage);
    const looking = lookout.look();
    await until(() => reads(/\/users$/) > 0);
    lookout.forget();
    await looking;
    const before = azure().requests.length;
    assert.equal(lookout.progress, undefined);
    assert.equal(lookout.lookedAt, undefined);
    assert.equal(azure().requests.length, before);
    await lookout.look();
    assert.notEqual(lookout.lookedAt, undefined);
  });

  it('lets go of what others saw, and does not wait for what it asks as them', async () => {
    const stage = setStage(azure(), { people: ['kai@contoso.com', 'alex@contoso.com'] });
    await stage.discovery.refresh();
    const { lookout } = lookoutOf(stage);
    await lookout.look();
    const of = (label: string) =>
      lookout.known.filter(({ cluster }) => cluster.caller.account.label === label);
    const [kais, others] = [of('kai@contoso.com').length, of('alex@contoso.com').length];
    assert.ok(kais > 0 && others > 0);
    // The first to be asked about is the one who goes.
    azure().faults.add({ fault: { kind: 'hang' }, path: '/carts-eu$', times: 1 });
    const looking = lookout.lookAgain();
    await until(() => (lookout.progress?.done ?? 0) > 3);
    const [kai] = stage.accounts;
    const left = stage.accounts.filter((one) => one !== kai);
    stage.discovery.keepOnly(left);
    lookout.keepOnly(left);
    assert.ok((lookout.progress?.all ?? 0) <= kais + others - 1);
    assert.equal(lookout.known.length, others);
    await looking;
    assert.equal(lookout.progress, undefined);
    assert.ok(of('alex@contoso.com').every(({ looked }) => looked !== undefined));
  });

  it('waits when Azure asks for it, and leaves it alone when it goes on asking', async () => {
    const stage = await listedStage();
    const path = '/mongoClusters/carts-eu/users$';
    const busy = { kind: 'status', status: 429, headers: { 'retry-after': '3600' }, body: {} } as const;
    azure().faults.add({ method: 'GET', path, times: 2, fault: busy });
    let time = Date.now();
    const { lookout, lines } = lookoutOf(
      stage,
      { atOnce: 1, again: 2e9 },
      { now: () => (time += 4_000_000) },
    );
    await lookout.look();
    assert.equal(reads(/GET .*carts-eu\/users$/), 3);
    assert.ok(lines().includes('error openToEveryone carts-eu'));

    lookout.forget();
    azure().faults.add(always({ method: 'GET', path: '/mongoClusters/', fault: busy }));
    const before = azure().requests.length;
    await lookout.look();
    assert.ok(azure().requests.length - before < 40);
    // Who was not looked at is neither forgotten nor taken for clean, nor asked about by itself again soon.
    const waiting = lookout.gaps.flatMap((gap) => (gap.what === 'cluster' ? [gap.failure.code] : []));
    assert.ok(waiting.length > 5);
    assert.deepEqual([...new Set(waiting)], ['throttled']);
    const after = azure().requests.length;
    await lookout.look();
    assert.equal(azure().requests.length, after);
  });

  it('asks nobody: no token is wanted but silently, and for Resource Manager and Graph alone', async () => {
    consent(azure(), everything);
    const stage = await listedStage();
    await lookoutOf(stage).lookout.look();
    assert.ok(stage.asked.every(({ interactive }) => !interactive));
    assert.deepEqual([...new Set(stage.asked.map(({ resource: of }) => of))].toSorted(), [
      'https://graph.microsoft.com',
      'https://management.core.windows.net',
    ]);
    const changing = azure().requests.filter(
      ({ method, path }) => method !== 'GET' && !/ResourceGraph|getByIds|batch|^\/local-azure\//.test(path),
    );
    assert.deepEqual(changing, []);
  });

  it('keeps two requests under way over two hundred clusters, and few for each', async function () {
    this.timeout(60_000);
    const large: LocalAzure = await startAzure({ clusters: 200, subscriptions: 5 });
    try {
      const { scene, most, anew } = watched();
      const person = large.organisation.directory.find((one) => one.type === 'user') ?? assert.fail();
      assert.ok(person.type === 'user');
      const stage = setStage(large, { ...scene, people: [person.userPrincipalName] });
      await stage.discovery.refresh();
      assert.equal(stage.discovery.tenants.flatMap(({ clusters }) => clusters).length, 200);
      const before = large.requests.length;
      anew();
      const around = lookoutOf(stage);
      await around.lookout.look();
      const asked = large.requests.slice(before);
      assert.equal(most(), 2);
      assert.ok(asked.length <= 200 * 5, `${asked.length} requests`);
      assert.equal(around.lookout.gaps.length, 0);
      assert.notEqual(around.lookout.lookedAt, undefined);
      const after = large.requests.length;
      await around.lookout.look();
      assert.equal(large.requests.length, after);
    } finally {
      await large.close();
    }
  });
});
