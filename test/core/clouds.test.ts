import assert from 'node:assert/strict';
import { admits, cloudOf } from '../../src/core/identity/clouds.ts';
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
