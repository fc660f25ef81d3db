import assert from 'node:assert/strict';
import { admits, admitsAddress, admitsHost, cloudOf } from '../../src/core/identity/clouds.ts';
import { Failure } from '../../src/core/failure.ts';

const custom = {
  authenticationProvider: 'own',
  resourceManager: 'https://management.own.example/',
  graph: 'https://graph.own.example',
  portal: 'https://portal.own.example',
  audiences: { resourceManager: 'https://management.own.example', graph: 'https://graph.own.example' },
};

describe('clouds', () => {
  it('are four, each with its own hosts and way to sign in', () => {
    const clouds = (['public', 'usGovernment', 'china'] as const).map((id) => cloudOf(id, undefined));
    clouds.push(cloudOf('custom', custom));
    assert.equal(new Set(clouds.map(({ resourceManager }) => resourceManager)).size, 4);
    assert.equal(new Set(clouds.map(({ graph }) => graph)).size, 4);
    assert.deepEqual(
      clouds.map(({ authenticationProvider }) => authenticationProvider),
      ['microsoft', 'microsoft-sovereign-cloud', 'microsoft-sovereign-cloud', 'own'],
    );
    assert.equal(clouds[3]?.resourceManager, 'https://management.own.example');
  });

  it('refuse settings that would send a token astray or nowhere', () => {
    const problem = (value: unknown, id = 'custom'): unknown => {
      try {
        return cloudOf(id, value);
      } catch (error) {
        assert.ok(error instanceof Failure);
        const { data } = error;
        return data.code === 'badSetting' ? `${data.setting} ${data.problem}` : data.code;
      }
    };
    assert.equal(
      problem({ ...custom, resourceManager: 'http://management.own.example' }),
      'customCloud.resourceManager notHttps',
    );
    assert.equal(problem({ ...custom, graph: '' }), 'customCloud.graph missing');
    assert.equal(problem({ ...custom, portal: 'portal' }), 'customCloud.portal notHttps');
    assert.equal(problem(undefined), 'customCloud.authenticationProvider missing');
    assert.equal(problem({ ...custom, audiences: 7 }), 'customCloud.audiences.resourceManager missing');
    assert.equal(problem(custom, 'mars'), 'cloud unknownCloud');
    const audiences = { ...custom.audiences, mongoClusters: ' ' };
    assert.equal(problem({ ...custom, audiences }), 'customCloud.audiences.mongoClusters missing');
    for (const suffixes of [
      'example',
      '*.own.example',
      '.own.example',
      'own.example.',
      '0.0.1',
      'a b.example',
    ])
      assert.equal(
        problem({ ...custom, hosts: { mongoClusters: ['own.example', suffixes] } }),
        'customCloud.hosts.mongoClusters notHostName',
        suffixes,
      );
    for (const suffixes of [[], 'own.example', [7], ['']])
      assert.equal(
        problem({ ...custom, hosts: { mongoClusters: suffixes } }),
        'customCloud.hosts.mongoClusters missing',
      );
    for (const nameServer of [
      'dns.example',
      '::1',
      '[127.0.0.1]:53',
      '10.0.0.4:0',
      '10.0.0.4:65536',
      '10.0.0:53',
    ])
      assert.equal(problem({ ...custom, nameServer }), 'customCloud.nameServer notNameServer', nameServer);
    assert.equal(problem({ ...custom, nameServer: '' }), 'customCloud.nameServer missing');
  });

  it('of one’s own have their databases where the public ones are, unless they say otherwise', () => {
    const { audiences, hosts } = cloudOf('public', undefined);
    const plain = cloudOf('custom', custom);
    assert.equal(plain.audiences.mongoClusters, audiences.mongoClusters);
    assert.deepEqual(plain.hosts, hosts);
    assert.equal(plain.nameServer, undefined);
    for (const nameServer of ['10.0.0.4', '127.0.0.1:5300', '[::1]:53', '[fd00::4]']) {
      const own = cloudOf('custom', {
        ...custom,
        audiences: { ...custom.audiences, mongoClusters: 'https://databases.own.example' },
        hosts: { mongoClusters: ['Clusters.Own.Example', 'older.own.example'] },
        nameServer,
      });
      assert.equal(own.audiences.mongoClusters, 'https://databases.own.example');
      assert.deepEqual(own.hosts.mongoClusters, ['clusters.own.example', 'older.own.example']);
      assert.equal(own.nameServer, nameServer);
    }
  });
});

describe('the host of a database', () => {
  const cloud = cloudOf('public', undefined);
  const cases: readonly (readonly [string, boolean])[] = [
    ['orders.mongocluster.cosmos.azure.com', true],
    ['orders.global.MongoCluster.cosmos.azure.com', true],
    ['mongocluster.cosmos.azure.com', false],
    ['evilmongocluster.cosmos.azure.com', false],
    ['orders.mongocluster.cosmos.azure.com.', false],
    ['orders.mongocluster.cosmos.azure.com.evil.example', false],
    ['orders.mongocluster.cosmos.azure.us', false],
    ['user@orders.mongocluster.cosmos.azure.com', false],
    ['evil.example/.mongocluster.cosmos.azure.com', false],
    ['evil.example,x.mongocluster.cosmos.azure.com', false],
    ['orders..mongocluster.cosmos.azure.com', false],
    [`${'x'.repeat(64)}.mongocluster.cosmos.azure.com`, false],
    ['127.0.0.1', false],
    ['', false],
  ];
  for (const [host, admitted] of cases) {
    it(`${admitted ? 'may' : 'may not'} be "${host}"`, () => {
      assert.equal(admitsHost(cloud, 'mongoClusters', host), admitted);
    });
  }

  it('is its own cloud’s', () => {
    for (const id of ['public', 'usGovernment', 'china'] as const)
      for (const other of ['public', 'usGovernment', 'china'] as const)
        assert.equal(
          admitsHost(
            cloudOf(id, undefined),
            'mongoClusters',
            `x.${cloudOf(other, undefined).hosts.mongoClusters[0]}`,
          ),
          id === other,
        );
  });

  it('is on this machine only where the whole cloud is', () => {
    const at = (resourceManager: string) => cloudOf('custom', { ...custom, resourceManager });
    const local = ['https://127.0.0.1:4430', 'https://localhost:4430', 'https://[::1]:4430'].map(at);
    const elsewhere = [cloud, at('https://management.own.example'), at('https://10.0.0.4')];
    for (const address of [
      '127.0.0.1',
      '127.1.2.3',
      '0.0.0.0',
      '::1',
      '::',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
    ]) {
      for (const one of local) assert.equal(admitsAddress(one, address), true, address);
      for (const one of elsewhere) assert.equal(admitsAddress(one, address), false, address);
    }
    for (const one of [...local, ...elsewhere]) {
      for (const address of ['203.0.113.7', '10.0.0.4', '2001:db8::1', '::ffff:10.0.0.4'])
        assert.equal(admitsAddress(one, address), true, address);
      assert.equal(admitsAddress(one, 'localhost'), false);
    }
  });
});

describe('a token for an endpoint', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['https://management.azure.com/subscriptions', true],
    ['https://westeurope.management.azure.com/operations/1', true],
    ['https://MANAGEMENT.AZURE.COM/', true],
    ['http://management.azure.com/', false],
    ['https://management.azure.com:8443/', false],
    ['https://evilmanagement.azure.com/', false],
    ['https://management.azure.com.evil.example/', false],
    ['https://user:secret@management.azure.com/', false],
    ['https://management.azure.com@evil.example/', false],
    ['https://evil.example/?https://management.azure.com', false],
    ['https://azure.com/', false],
    ['/subscriptions', false],
  ];
  for (const [address, admitted] of cases) {
    it(`${admitted ? 'may' : 'may not'} go to ${address}`, () => {
      assert.equal(admits('https://management.azure.com', address), admitted);
    });
  }

  it('stays on the port of an endpoint on loopback', () => {
    assert.equal(admits('https://127.0.0.1:4430', 'https://127.0.0.1:4430/x'), true);
    assert.equal(admits('https://127.0.0.1:4430', 'https://127.0.0.1:4431/x'), false);
  });
});
