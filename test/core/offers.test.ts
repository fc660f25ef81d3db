import assert from 'node:assert/strict';
import { offersOf } from '../../src/core/access/offers.ts';
import type { Allowed } from '../../src/core/access/permissions.ts';
import type { RoleOffer } from '../../src/core/clusters/change.ts';
import type { Cluster, Grant } from '../../src/core/clusters/cluster.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';

const { kai, sam } = samplePeople();

const roles: readonly RoleOffer[] = [
  { role: { name: 'readOnly' }, id: 'readAnyDatabase', keptIn: 'database' },
  { role: { name: 'readWrite' }, id: 'clusterAdmin+readWriteAnyDatabase', keptIn: 'database' },
  { role: { name: 'administrator' }, id: 'root', keptIn: 'resourceManager' },
];

const cluster: Cluster =
  clusterOfResource(
    {
      id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/mongoClusters/orders',
      name: 'orders',
      type: 'Microsoft.DocumentDB/mongoClusters',
      properties: {},
    },
    { account: { id: 'a.b', label: kai.userPrincipalName }, tenant: kai.tenantId },
    true,
  ) ?? assert.fail();

const administrator = (objectId: string): Grant => ({
  id: objectId,
  holder: { state: 'entra', principal: { objectId, type: 'user', tenant: undefined }, alias: undefined },
  role: { name: 'administrator' },
  roleId: 'root',
  scope: undefined,
  keptIn: 'resourceManager',
});

/** What is offered to Kai, in order, with what they lack. */
function offered(grants: readonly Grant[], users: Allowed, isKnown = true) {
  const me = isKnown ? kai.id : undefined;
  const judge = (action: string): Allowed => (action.endsWith('/users/write') ? users : 'unknown');
  return offersOf(cluster, roles, { me, grants, judge }).map(({ role, lacking }) => [
    role.role.name,
    ...(lacking === undefined ? [] : [lacking]),
  ]);
}

describe('the roles that are offered', () => {
  it('begin with the least that an administrator of the cluster can give', () => {
    const all = [['readOnly'], ['readWrite'], ['administrator']];
    assert.deepEqual(offered([administrator(sam.id), administrator(kai.id.toUpperCase())], 'yes'), all);
  });

  it('begin with what Azure lets one give who is none, and say what the others take', () => {
    const expected = [['administrator'], ['readOnly', 'administrator'], ['readWrite', 'administrator']];
    assert.deepEqual(offered([administrator(sam.id)], 'yes'), expected);
    assert.deepEqual(offered([], 'unknown'), expected);
  });

  it('end with what Azure does not let an administrator of the cluster give', () => {
    assert.deepEqual(offered([administrator(kai.id)], 'no'), [
      ['readOnly'],
      ['readWrite'],
      ['administrator', 'permission'],
    ]);
  });

  it('stay in order where nothing can be given, and where nobody knows', () => {
    assert.deepEqual(offered([], 'no'), [
      ['readOnly', 'administrator'],
      ['readWrite', 'administrator'],
      ['administrator', 'permission'],
    ]);
    const all = [['readOnly'], ['readWrite'], ['administrator']];
    assert.deepEqual(offered([], 'unknown', false), all);
  });
});
