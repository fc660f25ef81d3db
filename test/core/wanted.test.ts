import assert from 'node:assert/strict';
import type { Principal } from '../../src/core/clusters/cluster.ts';
import { diagnosisOf, mendingOf } from '../../src/core/doctor/causes.ts';
import type { Cause, CheckId, Report } from '../../src/core/doctor/report.ts';
import { wantedOf, wantedToLook, wantedToRead } from '../../src/core/doctor/wanted.ts';
import { wantedByError, wantedByRefusal } from '../../src/core/doctor/wantedToken.ts';
import { readErrors } from '../../src/core/doctor/errors.ts';
import type { FailureData } from '../../src/core/failure.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { refusalOf } from '../../src/core/identity/refusals.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { consent } from './consent.ts';
import { examine } from './doctorStage.ts';
import type { Case } from './doctorStage.ts';
import { azure, begin, onSessions, resource } from './sessionStage.ts';

const { robin } = samplePeople();
const { mongoClusters: databases } = cloudOf('public', undefined).audiences;
const clusters = 'Microsoft.DocumentDB/mongoClusters';

const refusing = (aadsts: number): Case => ({
  token(request, usual) {
    if (request.resource !== databases) return usual();
    throw new Error(`AADSTS${aadsts}: as Entra would say it.`);
  },
});

async function firstOf(play: Case): Promise<{ cause: Cause; report: Report }> {
  const report = await examine(play).examination.run();
  const [first] = diagnosisOf(report).causes;
  return { cause: first?.cause ?? assert.fail('nothing is wrong'), report };
}

describe('what somebody else is asked for', () => {
  onSessions();

  for (const [aadsts, reason, first] of [
    [65001, 'consent', 'signInToDatabase'],
    [53003, 'conditionalAccess', 'ask'],
    [50105, 'notAssigned', 'ask'],
    [500212, 'tenantPolicy', 'ask'],
    [500011, 'resourceMissing', 'ask'],
    [500014, 'resourceMissing', 'ask'],
    [50057, 'accountState', 'ask'],
  ] as const)
    it(`of the tenant, where Entra answers AADSTS${aadsts}, is what that number means`, async () => {
      const { cause, report } = await firstOf(refusing(aadsts));
      assert.equal(cause.what, 'tokenRefused');
      assert.deepEqual(wantedOf(cause, report.patient), {
        what: 'token',
        reason,
        aadsts,
        resource: databases,
      });
      const { who, fixes } = mendingOf(cause, report.rights);
      assert.deepEqual([who, fixes[0]], ['tenant', first]);
      assert.ok(fixes.includes('ask'));
    });

  it('is nothing where who signs in can mend it, or nobody has said who can', async () => {
    for (const aadsts of [50076, 65002, 700016, 90033, 123456]) {
      const { data } = refusalOf(new Error(`AADSTS${aadsts}`), { tenant: 'a' });
      assert.equal(wantedByRefusal(data), undefined, String(aadsts));
    }
    assert.equal(wantedByRefusal({ code: 'signInNeeded', tenant: 'a' }), undefined);
  });

  it('is to see what Azure does not show, at the cluster and below it', async () => {
    for (const [path, id, action] of [
      [String.raw`mongoClusters/orders-eu$`, 'cluster', `${clusters}/read`],
      [String.raw`orders-eu/firewallRules$`, 'network', `${clusters}/firewallRules/read`],
    ] as const satisfies readonly (readonly [string, CheckId, string])[]) {
      const message = `The client does not have authorization to perform action '${action}' over scope 'x'.`;
      const body = { error: { code: 'AuthorizationFailed', message } };
      azure().faults.add({ fault: { kind: 'status', status: 403, body }, path, times: 0 });
      azure().organisation.behaviour.firewallsGateways = true;
      const report = await examine({ other: person(robin.id) }).examination.run();
      const look = report.results.get(id) ?? assert.fail();
      const wanted = wantedToLook(id, look, report.patient);
      assert.ok(wanted?.what === 'action', JSON.stringify(look));
      assert.deepEqual([wanted.action, wanted.role], [action, 'Reader']);
      azure().faults.clear();
    }
  });

  it('is nothing for what no role at the cluster shows: its subscription, the directory', async () => {
    const path = String.raw`^/subscriptions/[^/]+$`;
    azure().faults.add({ fault: { kind: 'forbidden' }, service: 'resourceManager', path, times: 0 });
    const report = await examine().examination.run();
    const looks = [...report.results].map(([id, look]) => wantedToLook(id, look, report.patient));
    assert.deepEqual(new Set(looks), new Set([undefined]));
    const { cluster } = begin();
    const message = "does not have authorization to perform action 'Microsoft.Resources/subscriptions/read'";
    const failure: FailureData = { code: 'forbidden', serviceCode: 'AuthorizationFailed', message };
    assert.equal(wantedToRead(failure, cluster, `${clusters}/read`), undefined);
    assert.equal(wantedToRead({ ...failure, message: 'No.' }, cluster), undefined);
    assert.notEqual(wantedToRead({ ...failure, message: 'No.' }, cluster, `${clusters}/read`), undefined);
  });

  it('is to be let in where Entra is off; of somebody else it is only that it is turned on', async () => {
    resource().properties.authConfig.allowedModes = ['NativeAuth'];
    const own = await firstOf({});
    assert.deepEqual(wantedOf(own.cause, own.report.patient), { what: 'grant' });
    const theirs = await firstOf({ other: person(robin.id) });
    assert.deepEqual(wantedOf(theirs.cause, theirs.report.patient), { what: 'modes' });
  });

  it('is an invitation to the tenant that the cluster trusts, for people and for nobody else', async () => {
    const { patient } = await examine().examination.run();
    const [tenant, clusterTenant] = ['home', tenantIds.fabrikam];
    const cause: Cause = { what: 'otherTenant', tenant, clusterTenant };
    const invite = { what: 'invite', tenant: clusterTenant };
    assert.deepEqual(wantedOf(cause, patient), invite);
    assert.deepEqual(wantedOf(cause, { ...patient, other: person(robin.id) }), invite);
    const application = { ...person(robin.id), type: 'servicePrincipal' } as const;
    assert.equal(wantedOf(cause, { ...patient, other: application }), undefined);
    assert.ok(mendingOf(cause).fixes.includes('ask'));
  });

  it('is by a text from elsewhere what its number means, with what finds that in the log', () => {
    const text = `AADSTS53003: Access has been blocked by Conditional Access policies.
      Trace ID: 11111111-1111-4111-8111-111111111111 Correlation ID: 22222222-2222-4222-8222-222222222222
      Timestamp: 2026-03-04 05:06:07Z`;
    const { errors, named } = readErrors(text);
    assert.deepEqual(
      errors.map((error) => wantedByError(error, named)),
      [
        {
          what: 'token',
          reason: 'conditionalAccess',
          aadsts: 53003,
          resource: undefined,
          trail: {
            time: '2026-03-04 05:06:07Z',
            correlation: '22222222-2222-4222-8222-222222222222',
            trace: '11111111-1111-4111-8111-111111111111',
          },
        },
      ],
    );
    for (const [number, reason] of [
      [65001, 'consent'],
      [50105, 'notAssigned'],
      [90072, 'notInTenant'],
      [500212, 'tenantPolicy'],
      [500011, 'resourceMissing'],
      [50057, 'accountState'],
      [80002, 'other'],
    ] as const) {
      const [error] = readErrors(`AADSTS${number}`).errors;
      assert.equal(wantedByError(error ?? assert.fail(), [])?.reason, reason);
    }
    // What people do themselves, what an application's owner does, what has no number, what is not Entra's.
    for (const other of [
      'AADSTS50076',
      'AADSTS7000215',
      'AADSTS999999',
      'AuthorizationFailed',
      'ECONNREFUSED',
    ])
      for (const error of readErrors(other).errors) assert.equal(wantedByError(error, []), undefined, other);
    const named400 = readErrors('{"error":"consent_required"}').errors;
    assert.ok(named400.length > 0);
    for (const error of named400) assert.equal(wantedByError(error, []), undefined);
  });

  it('is that a disabled account is enabled', async () => {
    consent(azure(), ['User.Read', 'Directory.Read.All']);
    const found = azure().organisation.directory.find(({ id }) => id === robin.id);
    Object.assign(found ?? assert.fail(), { accountEnabled: false });
    const { cause, report } = await firstOf({ other: person(robin.id) });
    assert.equal(cause.what, 'principalDisabled');
    assert.deepEqual(wantedOf(cause, report.patient), { what: 'enable' });
  });
});

function person(objectId: string): Principal {
  return { objectId, type: 'user', tenant: undefined };
}
