import type { AuditLine, ChangeData, DataLine, GrantData, PrincipalData } from '../../core/audit/audit.ts';
import type { FailureData } from '../../core/failure.ts';

/** A line of the audit log for people, in English as logs are: one line, whatever is in the names of things. */
export function auditText(line: AuditLine): string {
  return wordsOf(line).replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}

function wordsOf(line: AuditLine): string {
  switch (line.event) {
    case 'token': {
      const asked = `${line.account} asked for a token for ${line.resource} in ${line.tenant}`;
      const how = line.interactive ? ', at the screen' : '';
      const outcome = line.outcome === 'needsPerson' ? 'it takes a person' : line.outcome;
      return `${asked}${how}: ${outcome}${failureText(line)}`;
    }
    case 'change': {
      const { account } = line.who;
      if (line.outcome === 'started') return `${account} is about to ${changeText(line, 'todo')}`;
      const did = line.outcome === 'done' ? changeText(line, 'done') : `tried to ${changeText(line, 'todo')}`;
      const ended = endedText[line.outcome];
      const correlation =
        line.correlationIds.length === 0 ? '' : ` (correlation ${line.correlationIds.join(', ')})`;
      return `${account} ${did}: ${ended}${failureText(line)} in ${durationText(line.milliseconds)}${correlation}`;
    }
    case 'guard':
      return `${line.who.account} was kept from this, to ${changeText(line, 'todo')}: ${line.guard.what}`;
    case 'data':
      return dataText(line);
    case 'loss':
      return `${line.lines} lines of the audit log could not be kept`;
  }
}

const endedText = {
  done: 'done',
  partly: 'done in part',
  failed: 'failed',
  cancelled: 'cancelled',
  unknown: 'nobody knows',
} as const;

function dataText(line: DataLine): string {
  const { account } = line.who;
  const { command, database, collection, detail, from } = line.what;
  const place = collection === null ? database : `${database}.${collection}`;
  const named = detail === null ? '' : ` (${detail})`;
  const told = `${command}${named} on ${place} of ${lastPart(line.cluster)}, from a ${from}`;
  if (line.outcome === 'started') return `${account} is about to run ${told}`;
  const calls = line.calls === 1 ? 'once' : `${line.calls} times`;
  const documents =
    line.documents === null ? '' : `, ${line.documents} ${line.documents === 1 ? 'document' : 'documents'}`;
  const errors = line.errors.length === 0 ? '' : ` (${line.errors.join(', ')})`;
  return `${account} ran ${told}, ${calls}: ${endedText[line.outcome]}${errors}${documents} in ${durationText(line.milliseconds)}`;
}

function lastPart(cluster: string): string {
  return cluster.split('/').at(-1) ?? cluster;
}

function failureText({ failure }: { readonly failure?: FailureData }): string {
  if (failure === undefined) return '';
  if (failure.code === 'halfDone') return failureText({ failure: failure.reason });
  const number = failure.code === 'signInRefused' ? [`AADSTS${failure.aadsts}`] : [];
  const service = 'serviceCode' in failure ? [failure.serviceCode] : [];
  return ` (${[failure.code, ...number, ...service].join(' ')})`;
}

function changeText(
  { what, cluster }: { readonly what: ChangeData; readonly cluster: string },
  form: 'todo' | 'done',
): string {
  const place = lastPart(cluster);
  switch (what.change) {
    case 'setModes': {
      const on = [...(what.entra ? ['Entra'] : []), ...(what.native ? ['passwords or keys'] : [])];
      return `set the ways into ${place} to ${on.join(' and ') || 'none'}`;
    }
    case 'addGrant': {
      // Stopped before anybody was chosen.
      if (what.principal.objectId === '') return `add somebody to ${place}`;
      const scope = what.scope === null ? '' : ` (${what.scope})`;
      return `${form === 'done' ? 'added' : 'add'} ${nameOf(what.principal)} as ${roleText(what.role)}${scope} to ${place}`;
    }
    case 'changeRole':
      return `${form === 'done' ? 'made' : 'make'} ${holderOf(what.grant)} ${roleText(what.role)} instead of ${roleText(what.grant.role)} on ${place}`;
    case 'removeGrant':
      return `${form === 'done' ? 'removed' : 'remove'} ${holderOf(what.grant)}, ${roleText(what.grant.role)}, from ${place}`;
    case 'addRule':
      // Stopped before anybody said which; so is the other.
      if (what.rule.start === '') return `let an address into ${place}`;
      return `let ${rangeText(what.rule)} into ${place} (${what.rule.name})`;
    case 'removeRule':
      if (what.rule.start === '') return `stop letting an address into ${place}`;
      return `${form === 'done' ? 'stopped' : 'stop'} letting ${rangeText(what.rule)} into ${place} (${what.rule.name})`;
  }
}

function holderOf({ principal, login, id }: GrantData): string {
  return principal === null ? (login ?? id) : nameOf(principal);
}

function nameOf({ name, objectId }: PrincipalData): string {
  return name === null ? objectId : `${name} (${objectId})`;
}

function rangeText({ start, end }: { readonly start: string; readonly end: string }): string {
  return start === end ? start : `${start} to ${end}`;
}

function durationText(milliseconds: number): string {
  return milliseconds < 10_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1000)} s`;
}

function roleText(role: string): string {
  if (role === 'readWrite') return 'Read and write';
  return role.replace(/^(administrator|readOnly|user|dataReader|dataContributor)$/, (name) =>
    name
      .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
      .replace(/^./, (letter) => letter.toUpperCase()),
  );
}
