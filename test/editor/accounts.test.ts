import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import { transcript } from './painting.ts';
import { onScene } from './scene.ts';

const kai = 'kai@contoso.com';
const lee = 'lee@fabrikam.com';

describe('when the editor’s accounts change', () => {
  const scene = onScene();
  const tenants = async (): Promise<readonly string[]> =>
    (await scene.paint())
      .filter(({ depth }) => depth === 0)
      .map(({ label, description }) => `${label}, ${description}`);

  it('a new one is listed beside the others', async () => {
    await scene.enter(kai);
    scene.stage.people.push(lee);
    scene.stage.changeSessions();
    await eventually(async () => assert.ok((await tenants()).includes(`Fabrikam, ${lee}`)));
    assert.ok((await tenants()).includes(`Contoso, ${kai}`));
  });

  it('one that signed out is shown no longer', async () => {
    await scene.enter(kai, lee);
    scene.stage.people.shift();
    scene.stage.changeSessions();
    await eventually(async () => assert.deepEqual(await tenants(), [`Fabrikam, ${lee}`]));
  });

  it('nobody left is the invitation to sign in', async () => {
    await scene.enter(kai);
    scene.stage.people.shift();
    scene.stage.changeSessions();
    await eventually(() => assert.equal(scene.stage.contexts.get('cosmosEntra.state'), 'signedOut'));
    assert.deepEqual(await scene.paint(), []);
  });

  it('a tenant that waited for the person is tried, and the others are left alone', async () => {
    await scene.enter(kai);
    const contoso = await scene.at('Contoso');
    const before = transcript(await scene.below(contoso));
    scene.stage.secondFactors.add(kai);
    scene.stage.requests.length = 0;
    scene.stage.changeSessions();
    await eventually(() => scene.at('Tailspin Toys', 'Toys', 'toy-box'));
    assert.equal(transcript(await scene.below(contoso)), before);
    assert.equal(scene.requests(/ResourceGraph/).length, 1);
  });

  it('tokens of before are not used any more', async () => {
    await scene.enter(kai);
    const { size } = scene.stage.tokens;
    scene.stage.changeSessions();
    await eventually(async () => {
      await scene.run('refreshTenant', (await scene.at('Contoso')).node);
      assert.ok(scene.stage.tokens.size > size);
    });
  });
});
