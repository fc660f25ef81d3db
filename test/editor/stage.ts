import { inspect } from 'node:util';
import { Uri } from 'vscode';
import type { AuditLine } from '../../src/core/audit/audit.ts';
import type { Events } from '../../src/core/identity/tokens.ts';
import type { Log } from '../../src/editor/log.ts';
import type { Choice, Prompts } from '../../src/editor/prompts.ts';

/** What a test says and hears in place of a person, and what the extension did behind the scenes. */
export interface Stage {
  /**
   * The labels to choose in the prompts to come, or what is typed; an array for a choice of several, `dismiss` for
   * none. Where one searches, the first is what is typed.
   */
  readonly answers: (string | readonly string[] | symbol)[];
  /** What happens while the person thinks about each question to come. */
  readonly meanwhile: (() => unknown)[];
  /** What was asked and told, in order. */
  readonly heard: string[];
  /** What each question offered; `picked` is the row that a list stands on, too. */
  readonly offers: (readonly Offer[])[];
  /** What a test answered that was not to be had. */
  readonly mistakes: string[];
  /** Who has given a second factor. */
  readonly secondFactors: Set<string>;
  /** Who gives one when they are asked, and not before. */
  readonly proves: Set<string>;
  /** Whoever is signed in to the editor and used by the extension. */
  readonly people: string[];
  /** Whoever is signed in to the editor and not used by the extension. */
  readonly others: string[];
  /** What whoever signs in next takes their time for. */
  readonly signInsHeld: Promise<void>[];
  /** What the editor throws at whoever signs in next. */
  readonly signInErrors: Error[];
  /** Who is being asked for a token just now. */
  readonly asking: Set<symbol>;
  /** The editor tells of a change of its sessions. */
  readonly changeSessions: () => void;
  /** Every token that was handed out. */
  readonly tokens: Set<string>;
  /** Everything that came to the log, whole: more than it writes. */
  readonly logged: string[];
  /** What went into the record of changes. */
  readonly audited: AuditLine[];
  /** What was typed where nobody may look. */
  readonly secrets: Set<string>;
  /** The requests that the log was told of. */
  readonly requests: Sent[];
  /** The addresses that were to open outside of the editor. */
  readonly opened: string[];
  /** Whether the person trusts the workspace. */
  readonly trust: { isGiven: boolean };
  /** What menus and welcome texts depend on, as it stands. */
  readonly contexts: Map<string, unknown>;
}

export type Sent = Parameters<Events['requestSent']>[0];

export interface Offer {
  readonly label: string;
  readonly description: string | undefined;
  readonly detail: string | undefined;
  readonly picked: boolean | undefined;
}

/** The answer of a person who presses Escape; one symbol for the bundles of the extension and the suite. */
export const dismiss = Symbol.for('the person dismisses');

export function emptyStage(changeSessions: () => void): Stage {
  return {
    answers: [],
    meanwhile: [],
    heard: [],
    offers: [],
    mistakes: [],
    secondFactors: new Set(),
    proves: new Set(),
    people: [],
    others: [],
    signInsHeld: [],
    signInErrors: [],
    asking: new Set(),
    changeSessions,
    tokens: new Set(),
    logged: [],
    audited: [],
    secrets: new Set(),
    requests: [],
    opened: [],
    trust: { isGiven: true },
    contexts: new Map(),
  };
}

/** A person who answers what the stage says. */
export function promptsOf(stage: Stage): Prompts {
  const ask = (question: string, choices: readonly Choice<unknown>[]): Stage['answers'][number] => {
    stage.heard.push(question);
    stage.offers.push(
      choices.map(({ label, description, detail, picked }) => ({ label, description, detail, picked })),
    );
    return stage.answers.shift() ?? dismiss;
  };
  // What is thrown here becomes a message of the extension's: the test hears of it from the stage.
  const mistaken = (mistake: string): Error => {
    stage.mistakes.push(mistake);
    return new Error(mistake);
  };
  const chosenOf = <T>(choices: readonly Choice<T>[], answer: string): Choice<T> => {
    const chosen = choices.find(({ label }) => label === answer);
    if (chosen !== undefined) return chosen;
    throw mistaken(`"${answer}" is not offered: ${choices.map(({ label }) => label).join(', ')}`);
  };
  const think = async (): Promise<void> => void (await stage.meanwhile.shift()?.());
  return {
    async pick(choices, question, title) {
      await think();
      if (title !== undefined) stage.heard.push(title);
      const answer = ask(question, choices);
      if (answer === dismiss) return undefined;
      if (typeof answer !== 'string') throw mistaken(`"${question}" takes one answer`);
      return chosenOf(choices, answer).value;
    },
    async pickMany(choices, question) {
      await think();
      const answer = ask(question, choices);
      if (answer === dismiss) return undefined;
      if (typeof answer === 'string' || typeof answer === 'symbol')
        throw mistaken(`"${question}" takes several answers`);
      return answer.map((label) => chosenOf(choices, label).value);
    },
    async search({ title, question, several, find }) {
      await think();
      const answer = stage.answers.shift() ?? dismiss;
      stage.heard.push(`${title}: ${question}`);
      if (answer === dismiss) return undefined;
      if (typeof answer === 'string' || typeof answer === 'symbol')
        throw mistaken(`"${question}" takes what to type and what to tick`);
      const [typed = '', ...ticked] = answer;
      if (!several && ticked.length !== 1) throw mistaken(`"${question}" takes one`);
      const choices = await find(typed, new AbortController().signal);
      stage.offers.push(
        choices.map(({ label, description, detail, picked }) => ({ label, description, detail, picked })),
      );
      return ticked.map((label) => chosenOf(choices, label).value);
    },
    async browse({ title, question, choices, acts, listActs, typed, at, canGoBack }) {
      await think();
      stage.heard.push(title);
      const standing = choices.map((choice) => (choice.value === at ? { ...choice, picked: true } : choice));
      const answer = ask(question, standing);
      if (answer === dismiss) return undefined;
      if (answer === 'Back' && canGoBack === true) return { act: 'back', value: undefined, typed };
      if (typeof answer === 'symbol') throw mistaken(`"${question}" takes a row, or what to do`);
      const [row, act] = typeof answer === 'string' ? [answer, undefined] : answer;
      const ofList = listActs.find(({ label }) => label === row);
      if (ofList !== undefined) return { act: ofList.name, value: undefined, typed };
      const { value } = chosenOf(choices, row ?? '');
      if (act === undefined) return { act: undefined, value, typed };
      const ofRow = acts.find(({ label }) => label === act);
      if (ofRow === undefined)
        throw mistaken(`"${act}" is not among: ${acts.map(({ label }) => label).join(', ')}`);
      return { act: ofRow.name, value, typed };
    },
    async type({ title, question, start, problem, secret }) {
      await think();
      stage.heard.push(`${title}: ${question}${start === undefined ? '' : ` (${start})`}`);
      for (;;) {
        const answer = stage.answers.shift() ?? dismiss;
        if (answer === dismiss) return undefined;
        if (typeof answer !== 'string') throw mistaken(`"${question}" takes a text`);
        const wrong = problem?.(answer);
        if (secret === true) stage.secrets.add(answer);
        if (wrong === undefined) return answer;
        stage.heard.push(`! ${wrong}`);
      }
    },
    async confirm(text, detail, buttons) {
      await think();
      stage.heard.push([`${text} [${buttons.join(', ')}]`, detail].filter((part) => part !== '').join('\n'));
      const answer = stage.answers.shift() ?? dismiss;
      if (answer === dismiss) return undefined;
      if (typeof answer !== 'string' || !buttons.includes(answer))
        throw mistaken(`"${text}" has no button ${String(answer)}: ${buttons.join(', ')}`);
      return answer;
    },
    async save(name) {
      await think();
      stage.heard.push(`save as ${name}`);
      const answer = stage.answers.shift() ?? dismiss;
      return typeof answer === 'string' ? Uri.file(answer) : undefined;
    },
    async tell(_, text, buttons) {
      await think();
      stage.heard.push(`${text} [${buttons.join(', ')}]`);
      const answer = stage.answers.shift() ?? dismiss;
      if (answer === dismiss) return undefined;
      if (typeof answer !== 'string' || !buttons.includes(answer))
        throw mistaken(`"${text}" has no button ${String(answer)}: ${buttons.join(', ')}`);
      return answer;
    },
  };
}

/** The extension's own log, and beside it a record of all that was said to it. */
export function recorded(log: Log, stage: Stage): Log {
  const record = (what: string, said: unknown): void => {
    stage.logged.push(`${what} ${inspect(said, { depth: 10 })}`);
  };
  return {
    complaint(text) {
      record('complaint', text);
      log.complaint(text);
    },
    tokenAsked(event) {
      record('token', event);
      log.tokenAsked(event);
    },
    requestSent(event) {
      record('request', event);
      stage.requests.push(event);
      log.requestSent(event);
    },
    error(error) {
      record('error', error);
      log.error(error);
    },
    show: () => log.show(),
    audit: {
      write(line) {
        record('audit', line);
        stage.audited.push(line);
        log.audit.write(line);
      },
      flush: () => log.audit.flush(),
    },
    showAudit: () => log.showAudit(),
    dispose: () => log.dispose(),
  };
}
