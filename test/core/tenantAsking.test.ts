import assert from 'node:assert/strict';
import fc from 'fast-check';
import { enablingServicePrincipal, inviting, uninviting } from '../../src/core/access/askingCommands.ts';
import type { Me } from '../../src/core/access/principals.ts';
import { mailOf, tenantAskingFor } from '../../src/core/access/tenantAsking.ts';
import type { TenantAsking, TenantReason, TenantWish } from '../../src/core/access/tenantAsking.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { restCallOf, runWithFakeCli, shellsTake } from './copyAsReaders.ts';
import { begin, onSessions } from './sessionStage.ts';

const publicCloud = cloudOf('public', undefined);
const government = cloudOf('usGovernment', undefined);
const { robin, reporting } = samplePeople();
const postgresql = 'b4fa09d8-5da5-4352-83d9-05c2a44cf431';
const { contoso } = tenantIds;
const person: Me = {
  objectId: robin.id,
  type: 'user',
  tenant: contoso,
  name: robin.displayName,
  userName: robin.userPrincipalName,
};
const application: Me = { ...person, objectId: reporting.id, type: 'servicePrincipal', userName: undefined };

/** What a message says without a cluster. */
function asked(wish: TenantWish, around: Partial<Parameters<typeof tenantAskingFor>[1]> = {}): TenantAsking {
  const all = { tenant: contoso, cluster: undefined, person, cloud: publicCloud, now: new Date(), ...around };
  return tenantAskingFor(wish, all);
}

function refused(reason: TenantReason, aadsts = 1): TenantWish {
  return { what: 'token', reason, aadsts, resource: undefined };
}

/** What a shell runs of it; an id that another command finds is empty here. */
function run(commands: TenantAsking['commands']): readonly (readonly string[])[] {
  return commands.flatMap(({ text }) => runWithFakeCli(text));
}

function said(words: readonly string[] = []): readonly string[] {
  return words.filter((word) => word !== '');
}

function graphOf(cloud: Cloud): string | undefined {
  return cloud.id === 'public' ? undefined : cloud.audiences.graph;
}

describe('what a tenant is asked for', () => {
  onSessions();

  it('is an application, made and enabled by its id at the directory of the cloud', () => {
    for (const cloud of [publicCloud, government]) {
      const { commands, undo, role, portal } = asked(
        { what: 'servicePrincipal', appId: postgresql },
        { cloud },
      );
      const [create, enable] = run(commands);
      assert.deepEqual(said(create), ['ad', 'sp', 'create', '--id', postgresql]);
      assert.deepEqual(restCallOf(enable ?? []), {
        method: 'patch',
        url: `${cloud.graph}/v1.0/servicePrincipals(appId='${postgresql}')`,
        resource: graphOf(cloud),
        body: { accountEnabled: true },
      });
      assert.deepEqual(undo, []);
      assert.deepEqual(
        [role.name, portal.page],
        ['Cloud Application Administrator', 'Enterprise applications'],
      );
    }
  });

  it('is an account enabled in the directory of the cloud, and disabled again', () => {
    for (const cloud of [publicCloud, government])
      for (const [who, url, role, page] of [
        [person, `users/${robin.id}`, 'User Administrator', 'Users'],
        [
          application,
          `servicePrincipals/${reporting.id}`,
          'Cloud Application Administrator',
          'Enterprise applications',
        ],
      ] as const) {
        const asking = asked({ what: 'enable' }, { cloud, person: who });
        assert.deepEqual(
          run([...asking.commands, ...asking.undo]).map((words) => restCallOf(words)),
          [true, false].map((accountEnabled) => ({
            method: 'patch',
            url: `${cloud.graph}/v1.0/${url}`,
            resource: graphOf(cloud),
            body: { accountEnabled },
          })),
        );
        assert.deepEqual([asking.role.name, asking.portal.page], [role, page]);
      }
  });

  it('is consent for the tenant to an application of its own, and to no other', () => {
    const id = '11111111-1111-4111-8111-111111111111';
    const own = { id, by: 'setting' } as const;
    assert.deepEqual(run(asked(refused('consent'), { application: own }).commands).map(said), [
      ['ad', 'app', 'permission', 'admin-consent', '--id', id],
    ]);
    assert.deepEqual(asked(refused('consent')).commands, []);
    assert.deepEqual(asked(refused('consent'), { application: { id, by: 'error' } }).commands, []);
    assert.deepEqual(asked(refused('conditionalAccess'), { application: own }).commands, []);
  });

  it('is an invitation by mail, at the directory of the cloud and in that tenant, and the guest’s end', () => {
    const tenant = tenantIds.fabrikam;
    for (const cloud of [publicCloud, government])
      for (const wish of [{ what: 'invite', tenant } as const, refused('notInTenant')]) {
        const { commands, undo, role, portal } = asked(wish, { cloud, tenant });
        const [login, invite, ...more] = run(commands);
        assert.deepEqual(said(login), ['login', '--tenant', tenant]);
        assert.deepEqual(restCallOf(invite ?? []), {
          method: 'post',
          url: `${cloud.graph}/v1.0/invitations`,
          resource: graphOf(cloud),
          body: {
            invitedUserEmailAddress: robin.userPrincipalName,
            inviteRedirectUrl: cloud.portal,
            sendInvitationMessage: true,
          },
        });
        assert.deepEqual(more, []);
        const [again, list, remove] = run(undo);
        assert.deepEqual(again, login);
        const filter = `userType eq 'Guest' and mail eq '${robin.userPrincipalName}'`;
        assert.deepEqual(list?.slice(0, 5), ['ad', 'user', 'list', '--filter', filter]);
        assert.deepEqual(said(remove), ['ad', 'user', 'delete', '--id']);
        assert.deepEqual([role.name, portal.page], ['Guest Inviter', 'Users']);
        assert.equal(portal.link, `${cloud.portal}/#@${tenant}`);
      }
  });

  it('is no command of an invitation, where nobody knows an address', () => {
    for (const name of ['Robin Reyes', '', 'a@b@c', 'robin @contoso.com', 'r_a.com#EXT#@b.com', '@']) {
      const who = { ...person, name, userName: undefined };
      assert.equal(mailOf(who), undefined);
      const { commands, undo } = asked(refused('notInTenant'), { person: who });
      assert.deepEqual([commands, undo], [[], []]);
    }
    assert.equal(mailOf({ ...person, name: 'x@example.com', userName: undefined }), 'x@example.com');
    const { commands } = asked(refused('notInTenant'), { tenant: undefined });
    assert.equal(run(commands).length, 1, 'without a tenant nobody is told to sign in to one');
  });

  it('leads each refusal to the role and the page that mend it, and only those', () => {
    const places = {
      consent: ['Cloud Application Administrator', 'Enterprise applications'],
      conditionalAccess: ['Conditional Access Administrator', 'Conditional Access'],
      notAssigned: ['Cloud Application Administrator', 'Enterprise applications'],
      notInTenant: ['Guest Inviter', 'Users'],
      tenantPolicy: ['Security Administrator', 'External Identities, Cross-tenant access settings'],
      resourceMissing: ['Cloud Application Administrator', 'Enterprise applications'],
      accountState: ['User Administrator', 'Users'],
      other: ['Reports Reader', 'Sign-in logs'],
    } as const satisfies Readonly<Record<TenantReason, readonly string[]>>;
    for (const [reason, [name, page]] of Object.entries(places)) {
      const { role, portal } = asked(refused(reason as TenantReason), {
        person: { ...person, objectId: '' },
      });
      assert.deepEqual([role.name, portal.page], [name, page], reason);
      assert.ok(role.link.endsWith(`#${name.toLowerCase().replaceAll(' ', '-')}`));
      assert.equal(portal.link, `https://portal.azure.com/#@${contoso}`);
      assert.equal(portal.cluster, undefined);
    }
  });

  it('names the cluster that it is for, where that is known, and opens the portal where no tenant is', () => {
    const { cluster } = begin();
    const { portal } = asked(refused('consent'), { cluster, tenant: undefined });
    assert.equal(portal.link, 'https://portal.azure.com');
    assert.ok(portal.cluster?.endsWith(`/resource${cluster.id}`), portal.cluster);
  });

  it('hands every word to the Azure CLI whole, whatever stands in it', () => {
    const nasty = fc
      .string({ unit: fc.constantFrom(...Array.from(`'"\`$()\\!#&|;*~<>{} \n\taz`)), maxLength: 12 })
      .map((text) => `${text}$(id)\`id\`'`);
    fc.assert(
      fc.property(nasty, nasty, (id, tenant) => {
        const [create = [], enable = []] = runWithFakeCli(enablingServicePrincipal(id, publicCloud));
        assert.equal(create.at(create.indexOf('--id') + 1), id);
        assert.deepEqual(restCallOf(enable).body, { accountEnabled: true });
        const [login = [], invite = []] = runWithFakeCli(inviting(id, tenant, publicCloud));
        assert.equal(login.at(login.indexOf('--tenant') + 1), tenant);
        const { body } = restCallOf(invite) as { body: { invitedUserEmailAddress: unknown } };
        assert.equal(body.invitedUserEmailAddress, id);
        const [, list = []] = runWithFakeCli(uninviting(id, tenant, publicCloud));
        assert.equal(
          list.at(list.indexOf('--filter') + 1),
          `userType eq 'Guest' and mail eq '${id.replaceAll("'", "''")}'`,
        );
      }),
      { numRuns: 30 },
    );
  }).timeout(shellsTake);
});
