import assert from 'node:assert/strict';
import { samplePeople } from '../local-azure/samplePeople.ts';
import type { AuditLine } from '../../src/core/audit/audit.ts';
import { eventually } from './eventually.ts';
import { behave } from './localAzure.ts';
import type { Row } from './painting.ts';
import type { Scene } from './scene.ts';
import { dismiss } from './stage.ts';
import type { Stage } from './stage.ts';

export const kai = 'kai@contoso.com';
/** Everybody in the sample's directories. */
export const people = samplePeople();

/** Azure at its best: nothing takes longer than it must, and nobody is asked for a second factor. */
export function swift(): Promise<void> {
  return behave({ operationPolls: 0, lockMs: 0, secondFactorOnWrite: false });
}

type Answers = Stage['answers'];

/** What tests of changes look at. */
export interface Changing {
  /** Runs a command on a row, or from the palette, with these answers. */
  readonly does: (command: string, row: Row | undefined, ...answers: Answers) => Promise<void>;
  /** The person goes away at each question in turn: nothing is changed, and nothing is on record. */
  readonly leaves: (command: string, row: Row | undefined, ...answers: Answers) => Promise<void>;
  /** Who has access to a cluster, a line each. */
  readonly access: (name: string) => Promise<readonly string[]>;
  /** The row of somebody who has access to a cluster. */
  readonly grant: (name: string, who: string) => Promise<Row>;
  /** The rules of a cluster's firewall, or what stands in their place, a line each. */
  readonly rules: (name: string) => Promise<readonly string[]>;
  /** What the record of changes has, without the tokens. */
  readonly record: () => readonly string[];
  /** What was sent to change something, and was taken. */
  readonly writes: () => readonly string[];
  /** What was said last. */
  readonly last: () => string;
  /** The ARM id of a cluster that is listed. */
  readonly idOf: (name: string) => string;
}

export function changingOn(scene: Scene): Changing {
  const line = ({ label, description }: Row): string =>
    description === '' ? label : `${label}, ${description}`;
  const does: Changing['does'] = async (command, row, ...answers) => {
    scene.stage.answers.push(...answers);
    await scene.run(command, row?.node);
    assert.deepEqual(scene.stage.answers, [], 'answers that nobody asked for');
  };
  const record = (): readonly string[] => scene.stage.audited.flatMap(lineOfRecord);
  return {
    does,
    leaves: async (command, row, ...answers) => {
      const before = record();
      for (const count of answers.keys()) {
        await does(command, row, ...answers.slice(0, count), dismiss);
        assert.deepEqual(record(), before, `changed, though the person left at question ${count + 1}`);
      }
    },
    access: async (name) =>
      (await scene.whole(await scene.cluster(name, 'Access')))
        .filter(({ node }) => node.kind !== 'note' || node.note !== 'namesOfPeopleOnly')
        .map(line),
    grant: (name, who) => eventually(() => scene.cluster(name, 'Access', who)),
    rules: async (name) => (await scene.below(await scene.cluster(name, 'Firewall'))).map(line),
    record,
    writes: () =>
      scene.stage.requests
        .filter(({ method, status }) => method !== 'GET' && method !== 'POST' && Number(status) < 400)
        .map(({ method, path }) => `${method} ${path.split('/').slice(8).join('/')}`),
    last: () => scene.stage.heard.at(-1) ?? '',
    idOf: (name) => {
      const found = scene.app.azure().discovery.tenants.flatMap(({ clusters }) => clusters);
      return found.find((cluster) => cluster.name === name)?.id ?? assert.fail(name);
    },
  };
}

/** A line of the record in short: what came of it, what it was, whom it was about. */
function lineOfRecord(line: AuditLine): readonly string[] {
  if (line.event !== 'change' && line.event !== 'guard') return [];
  const { what } = line;
  const whom =
    what.change === 'addGrant'
      ? [what.principal.name, what.role, what.scope]
      : what.change === 'changeRole'
        ? [what.grant.principal?.name, what.role, what.grant.scope]
        : what.change === 'removeGrant'
          ? [what.grant.principal?.name, what.grant.role, what.grant.scope]
          : what.change === 'setModes'
            ? [what.entra ? 'entra' : null, what.native ? 'native' : null]
            : [what.rule.start, what.rule.end];
  const outcome = line.event === 'guard' ? `stopped (${line.guard.what})` : outcomeOf(line);
  const place = line.cluster.split('/').at(-1);
  return [[place, what.change, ...whom.filter((part) => part !== null), outcome].join(' ')];
}

function outcomeOf(line: AuditLine & { event: 'change' }): string {
  return 'failure' in line && line.failure !== undefined
    ? `${line.outcome} (${line.failure.code})`
    : line.outcome;
}
