import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Resource } from '../../src/core/azure/resourceManager.ts';
import { kinds, kindOfType } from '../../src/core/clusters/kinds.ts';

function resource(properties: Record<string, unknown>, more: Partial<Resource> = {}): Resource {
  return { id: '/subscriptions/s/x', name: 'x', type: 't', properties, ...more };
}

describe('auth modes', () => {
  const { vcore, postgres, account } = kinds;

  it('of DocumentDB are the set of allowed modes, in any order and case', () => {
    const modes = (allowedModes: unknown) => vcore.modes(resource({ authConfig: { allowedModes } }), true);
    assert.deepEqual(modes(['NativeAuth']), { entra: 'off', native: 'on', other: [] });
    assert.deepEqual(modes(['nativeauth', 'MicrosoftEntraId']), { entra: 'on', native: 'on', other: [] });
    assert.deepEqual(modes(['MicrosoftEntraID']), { entra: 'on', native: 'off', other: [] });
  });

  it('that have no word here are kept as they came', () => {
    const modes = vcore.modes(
      resource({ authConfig: { allowedModes: ['MicrosoftEntraID', 'Passkey'] } }),
      true,
    );
    assert.deepEqual(modes, { entra: 'on', native: 'off', other: ['Passkey'] });
  });

  it('of PostgreSQL come from its config or the mirrors of it', () => {
    const config = { activeDirectoryAuth: 'enabled', passwordAuth: 'Disabled' };
    assert.deepEqual(postgres.modes(resource({ authConfig: config }), true), {
      entra: 'on',
      native: 'off',
      other: [],
    });
    assert.deepEqual(
      postgres.modes(resource({ aadAuthEnabled: 'disabled', passwordEnabled: 'enabled' }), true),
      {
        entra: 'off',
        native: 'on',
        other: [],
      },
    );
    assert.equal(
      postgres.modes(resource({ authConfig: { passwordAuth: 'sometimes' } }), true).native,
      'unknown',
    );
  });

  it('of an account: a list that leaves the field out says nothing, the whole resource says keys are on', () => {
    assert.equal(account.modes(resource({}), false).native, 'unknown');
    assert.equal(account.modes(resource({}), true).native, 'on');
    assert.equal(account.modes(resource({ disableLocalAuth: true }), false).native, 'off');
    assert.equal(account.modes(resource({}, { kind: 'MongoDB' }), true).entra, 'unknown');
  });

  it('are never "native only" because a field is missing or odd', () => {
    const odd = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.string(),
      fc.integer(),
      fc.constant({}),
    );
    fc.assert(
      fc.property(odd, odd, odd, (authConfig, disableLocalAuth, capabilities) => {
        for (const kind of Object.values(kinds)) {
          const { entra, native } = kind.modes(
            resource({ authConfig, disableLocalAuth, capabilities }),
            false,
          );
          assert.ok(!(entra === 'off' && native === 'on'), kind.id);
        }
      }),
    );
  });
});

describe('every kind', () => {
  for (const kind of Object.values(kinds)) {
    it(`${kind.id} reads anything without failing`, () => {
      fc.assert(
        fc.property(
          fc.dictionary(fc.constantFrom(...kind.listed, 'sharding', 'serverNames'), fc.jsonValue()),
          (properties) => {
            const odd = resource(properties);
            kind.modes(odd, true);
            kind.state(odd);
            kind.facts(odd);
          },
        ),
      );
    });

    it(`${kind.id} is found by its ARM type in any case`, () => {
      assert.equal(kindOfType(kind.armType.toUpperCase()), kind);
    });
  }

  it('lists the age of keys without any key', () => {
    const generationTime = '2025-01-31T10:00:00Z';
    const facts = kinds.account.facts(resource({ keysMetadata: { primaryMasterKey: { generationTime } } }));
    const ages = facts.flatMap((fact) =>
      fact.name === 'keyAge' ? [[fact.key, fact.generated?.toISOString()]] : [],
    );
    assert.deepEqual(ages, [
      ['primary', '2025-01-31T10:00:00.000Z'],
      ['secondary', undefined],
      ['primaryReadonly', undefined],
      ['secondaryReadonly', undefined],
    ]);
  });
});
