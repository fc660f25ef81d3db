import { matchesGolden } from './golden.ts';
import { setting, onScene } from './scene.ts';
import { transcript } from './painting.ts';
import type { Row } from './painting.ts';

describe('the tree, as a person reads it', () => {
  const scene = onScene();

  const all = async (): Promise<string> => transcript(await scene.paint());
  /** A row and everything under it. */
  const whole = async (row: Row): Promise<string> => transcript([row, ...(await scene.whole(row))]);

  it('by subscription', async () => {
    await scene.enter('kai@contoso.com');
    await matchesGolden('by-subscription', await all());
  });

  for (const [grouping, name] of [
    ['resourceGroup', 'by-resource-group'],
    ['kind', 'by-kind'],
    ['nothing', 'by-nothing'],
  ] as const)
    it(name.replaceAll('-', ' '), async () => {
      await setting('clusters.groupBy', grouping);
      await scene.enter('kai@contoso.com');
      await matchesGolden(name, await all());
    });

  it('still on passwords or keys', async () => {
    await scene.enter('kai@contoso.com');
    scene.stage.answers.push('Still on passwords or keys');
    await scene.run('filterByAuthMode');
    await scene.settled();
    await matchesGolden('still-on-passwords-or-keys', `${scene.app.view.message}\n\n${await all()}`);
  });

  for (const [kind, path] of [
    ['documentdb', ['Contoso', 'Production', 'orders-eu']],
    ['postgresql', ['Contoso', 'Production', 'ledger']],
    ['account', ['Contoso', 'Production', 'catalog']],
    ['account-of-mongodb', ['Contoso', 'Production', 'wishlists']],
  ] as const)
    it(`access to and details of a cluster: ${kind}`, async () => {
      await scene.enter('kai@contoso.com');
      const text = await whole(await scene.at(...path));
      // An account is at another port each time.
      await matchesGolden(`inside-${kind}`, text.replaceAll(/(azure\.test):\d+/g, '$1:443'));
    });

  it('a cluster of a tenant whose directory may not be read', async () => {
    await scene.enter('kai@contoso.com');
    await matchesGolden(
      'inside-a-partner',
      await whole(await scene.at('Fabrikam', 'Fabrikam Shared', 'parts')),
    );
  });

  it('a tenant after the second factor', async () => {
    await scene.enter('kai@contoso.com');
    const before = await scene.at('Tailspin Toys');
    scene.stage.secondFactors.add('kai@contoso.com');
    await scene.press(before);
    const after = await scene.at('Tailspin Toys');
    await matchesGolden(
      'second-factor',
      `${transcript([before])}\nafter ${scene.stage.heard.join('\n')}\n\n${await whole(after)}`,
    );
  });

  it('nobody signed in', async () => {
    await scene.run('refresh');
    await matchesGolden('signed-out', `${contexts()}\n${await all()}`);
  });

  it('somebody without a subscription', async () => {
    await scene.enter('robin@contoso.com');
    await matchesGolden('no-subscription', `${contexts()}\n${await all()}`);
  });

  it('two accounts at once', async () => {
    await scene.enter('kai@contoso.com', 'lee@fabrikam.com');
    await matchesGolden('two-accounts', await all());
  });

  /** What the menus of the view go by. */
  function contexts(): string {
    return [...scene.stage.contexts]
      .filter(([key]) => key !== 'cosmosEntra.runningPlaygrounds')
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, value]) => `${key} = ${String(value)}\n`)
      .join('');
  }
});
