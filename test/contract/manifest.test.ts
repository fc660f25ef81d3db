import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ruleIds, rules } from '../../src/core/findings/rules.ts';

const root = join(import.meta.dirname, '../..');
const prefix = 'cosmosEntra.';

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
  readonly enablement?: string;
}
interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}
interface Setting {
  readonly scope?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly enum?: readonly string[];
  readonly enumItemLabels?: readonly string[];
  readonly enumDescriptions?: readonly string[];
}
interface Manifest {
  readonly activationEvents: readonly string[];
  readonly icon: string;
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string;
      readonly restrictedConfigurations: readonly string[];
    };
    readonly virtualWorkspaces: boolean;
  };
  readonly contributes: {
    readonly commands: readonly Command[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly completionEvents: readonly string[];
        readonly description: string;
      }[];
    }[];
  };
}

/** The sources of the extension, by their path. */
async function sources(): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) =>
    file.endsWith('.ts'),
  );
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, await readFile(join(root, 'src', file), 'utf8')] as const),
    ),
  );
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

describe('the manifest', () => {
  let manifest: Manifest;
  let text: string;
  let nls: Readonly<Record<string, string>>;
  let code: string;
  let registered: readonly string[];

  before(async () => {
    text = await readFile(join(root, 'package.json'), 'utf8');
    manifest = JSON.parse(text) as Manifest;
    nls = JSON.parse(await readFile(join(root, 'package.nls.json'), 'utf8')) as Record<string, string>;
    const files = await sources();
    code = [...files.values()].join('\n');
    const table =
      /const commands: [^=]+= \{\n([\s\S]+?)\n\};/.exec(files.get('editor/commands.ts') ?? '')?.[1] ?? '';
    registered = matches(table, /^ {2}(\w+)[,:]/gm).map((name) => prefix + name);
  });

  it('contributes each command that is registered, and no other', () => {
    assert.ok(registered.length > 10);
    const contributed = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual(contributed.toSorted(), registered.toSorted());
  });

  it('gives each command a category and a title, at the palette as elsewhere', () => {
    for (const { command, title, category } of manifest.contributes.commands) {
      assert.equal(title, `%command.${command.slice(prefix.length)}%`);
      assert.equal(category, '%category%', command);
    }
  });

  it('hides at most 15 % of the commands from the palette', () => {
    const hidden = (manifest.contributes.menus['commandPalette'] ?? []).filter(
      ({ when }) => when === 'false',
    );
    assert.ok(hidden.length / registered.length <= 0.15, `${hidden.length} of ${registered.length}`);
  });

  it('names only commands and submenus that exist in its menus, and shows every command somewhere', () => {
    const { menus, submenus } = manifest.contributes;
    const items = Object.values(menus).flat();
    for (const { command, submenu } of items) {
      if (command !== undefined) assert.ok(registered.includes(command), command);
      if (submenu !== undefined)
        assert.ok(
          submenus.some(({ id }) => id === submenu),
          submenu,
        );
    }
    const hidden = new Set(menus['commandPalette']?.map(({ command }) => command));
    for (const command of registered.filter((id) => hidden.has(id))) {
      const elsewhere = Object.entries(menus).some(
        ([menu, list]) => menu !== 'commandPalette' && list.some((item) => item.command === command),
      );
      // Or it is what a row does when it is pressed.
      const onPress = code.includes(`command: '${command}'`);
      assert.ok(elsewhere || onPress, `${command} is reachable from nowhere`);
    }
  });

  it('offers inline what the context menu offers too', () => {
    const items = manifest.contributes.menus['view/item/context'] ?? [];
    for (const { command, when } of items.filter(({ group }) => group?.startsWith('inline') === true)) {
      const twin = items.some(
        (item) =>
          item.command === command && item.when === when && item.group?.startsWith('inline') === false,
      );
      assert.ok(twin, `${command ?? ''} is inline only`);
    }
  });

  it('asks for tags that rows carry', () => {
    const asked = new Set(matches(JSON.stringify(manifest.contributes.menus), /\\\\b(\w+)\\\\b/g));
    assert.ok(asked.size > 3);
    for (const tag of asked) assert.match(code, new RegExp(`['"]${tag}['"]`), `no row carries ${tag}`);
  });

  it('asks for context keys that the code sets, with the values that it sets', () => {
    const conditions = JSON.stringify([
      manifest.contributes.menus,
      manifest.contributes.commands,
      manifest.contributes.viewsWelcome,
    ]);
    const keys = new Set(matches(conditions, /(?<!config\.)cosmosEntra\.(\w+)(?= ==| &&|"| !=|\))/g));
    const set = new Set(matches(code, /\btell(?:New)?\(\s*'(\w+)'/g));
    for (const name of keys) {
      if (
        registered.includes(prefix + name) ||
        ['clusters', 'sessions', 'findings', 'groupBy'].includes(name)
      )
        continue;
      assert.ok(set.has(name), `nothing sets ${name}`);
    }
    assert.ok(keys.has('state') && keys.has('loading') && keys.has('filtered'));
  });

  it('has a text for each of its keys, and no text that nothing uses', () => {
    const used = new Set(matches(text, /%([\w.]+)%/g));
    assert.deepEqual([...used].toSorted(), Object.keys(nls).toSorted());
  });

  it('gives each setting a default and a description, and reads each', () => {
    for (const [key, setting] of Object.entries(manifest.contributes.configuration.properties)) {
      assert.notEqual(setting.default, undefined, key);
      assert.match(setting.description ?? setting.markdownDescription ?? '', /^%.+%$/, key);
      const name = key.slice(prefix.length);
      // Of the rules each is read by its own name, which the code has elsewhere.
      const reading = name.startsWith('findings.rules.') ? '`findings.rules.${rule}`' : `'${name}'`;
      assert.ok(code.includes(reading), `nothing reads ${key}`);
    }
  });

  it('lets no workspace redirect a token', () => {
    const { properties } = manifest.contributes.configuration;
    const redirecting = ['cloud', 'customCloud', 'applicationId', 'firewall.echoService'].map(
      (name) => prefix + name,
    );
    for (const key of redirecting) assert.equal(properties[key]?.scope, 'application', key);
    // What is started, and given tokens, differs between machines.
    const started = `${prefix}mongosh.path`;
    assert.equal(properties[started]?.scope, 'machine');
    assert.deepEqual(
      manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.toSorted(),
      [...redirecting, started].toSorted(),
    );
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
    assert.equal(manifest.capabilities.virtualWorkspaces, true);
  });

  it('offers the groupings that the code knows', async () => {
    const settings = (await sources()).get('editor/settings.ts') ?? '';
    const known = matches(/groupings = \[([^\]]+)\]/.exec(settings)?.[1] ?? '', /'(\w+)'/g);
    assert.deepEqual(manifest.contributes.configuration.properties[`${prefix}clusters.groupBy`]?.enum, known);
  });

  it('has a setting for how grave each finding is, with words for each answer', () => {
    const { properties } = manifest.contributes.configuration;
    const start = `${prefix}findings.rules.`;
    const found = Object.entries(properties).filter(([key]) => key.startsWith(start));
    assert.deepEqual(
      Object.fromEntries(found.map(([key, { default: usual }]) => [key.slice(start.length), usual])),
      Object.fromEntries(ruleIds.map((rule) => [rule, rules[rule].severity])),
    );
    for (const [key, { enum: answers, enumItemLabels, enumDescriptions }] of found) {
      assert.deepEqual(answers, ['error', 'warning', 'information', 'off'], key);
      assert.deepEqual([enumItemLabels?.length, enumDescriptions?.length], [4, 4], key);
    }
  });

  it('starts with nothing: views and commands wake it, and its own tabs of before a reload', () => {
    assert.deepEqual(manifest.activationEvents, [
      'onFileSystem:cosmos-entra-documents',
      'onWebviewPanel:cosmosEntra.documents',
      'onWebviewPanel:cosmosEntra.report',
      'onWebviewPanel:cosmosEntra.results',
    ]);
    for (const event of manifest.activationEvents)
      assert.ok(code.includes(`'${event.slice(event.indexOf(':') + 1)}'`), event);
  });

  it('runs real commands from its welcome texts and its walkthrough', () => {
    const links = matches(Object.values(nls).join('\n'), /\(command:([\w.]+)\)/g);
    assert.ok(links.length >= 5);
    for (const command of links) assert.ok(registered.includes(command), command);
    for (const { completionEvents, description } of manifest.contributes.walkthroughs.flatMap(
      ({ steps }) => steps,
    )) {
      assert.match(nls[description.slice(1, -1)] ?? '', /\(command:/, 'each step does something');
      for (const event of completionEvents.filter((name) => name.startsWith('onCommand:')))
        assert.ok(registered.includes(event.slice('onCommand:'.length)), event);
    }
  });

  it('has a picture large enough for the marketplace', async () => {
    const picture = await readFile(join(root, manifest.icon));
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.ok(picture.readUInt32BE(16) >= 128 && picture.readUInt32BE(20) >= 128);
  });
});
