/** What the page of a report and the extension say to each other; true in a browser and in Node. */

export type CheckState = 'waiting' | 'looking' | 'pass' | 'fail' | 'warning' | 'unknown' | 'notRun';

/** Something to press. What it does is the extension's to know. */
export interface ButtonView {
  readonly id: string;
  readonly label: string;
}

export interface CheckView {
  readonly id: string;
  readonly title: string;
  readonly state: CheckState;
  /** The state as a word. */
  readonly word: string;
  /** What it came to, in a few words; empty where the state says it all. */
  readonly short: string;
  /** What that means and who can do what about it, a paragraph each. */
  readonly paragraphs: readonly string[];
  readonly evidence: readonly { readonly label: string; readonly values: readonly string[] }[];
  readonly duration: string;
  /** There is something to read or to do here, at once. */
  readonly opens: boolean;
  readonly buttons: readonly ButtonView[];
}

/** Whose a report is: all that is left of it when its window is loaded again. Ids and names, and nothing secret. */
export interface Whose {
  readonly cloud: string;
  readonly account: { readonly id: string; readonly label: string };
  readonly cluster: { readonly key: string; readonly name: string };
  /** Nobody else where it is the account's own. */
  readonly other: Other | null;
}

interface Other {
  readonly objectId: string;
  readonly type: (typeof types)[number];
  readonly tenant: string | null;
  readonly name: string;
}

const types = ['user', 'servicePrincipal', 'group', 'unknown'] as const;

export interface View {
  /** `waiting`: for whoever is to say that it may begin. */
  readonly state: 'waiting' | 'looking' | 'healthy' | 'sick' | 'unclear';
  readonly title: string;
  /** To what and whom, in one line. */
  readonly about: string;
  /** What is wrong and who can mend it, in one sentence. */
  readonly sentence: string;
  readonly paragraphs: readonly string[];
  /** What else is wrong, or could be better. */
  readonly others: readonly string[];
  readonly done: number;
  readonly all: number;
  /** How far it is, in words. */
  readonly progress: string;
  /** What became of a fix. */
  readonly notice: { readonly text: string; readonly isError: boolean } | undefined;
  /** For the first cause, or for where to go on. */
  readonly buttons: readonly ButtonView[];
  readonly checks: readonly CheckView[];
}

export type Words = Readonly<
  Record<'toolbar' | 'checks' | 'again' | 'stop' | 'copy' | 'progress' | 'seen' | 'took', string>
>;

export type ToView =
  | { readonly kind: 'begin'; readonly words: Words; readonly whose: Whose }
  | { readonly kind: 'show'; readonly view: View };

export type FromView =
  | { readonly kind: 'ready' | 'stop' | 'again' | 'copy' }
  /** A button of a check; of the top where it names none. */
  | { readonly kind: 'press'; readonly check: string; readonly button: string };

const plain: readonly string[] = ['ready', 'stop', 'again', 'copy'];

/** What came from the page, if it is something that the page may say. */
export function messageFrom(said: unknown): FromView | undefined {
  if (typeof said !== 'object' || said === null || !('kind' in said)) return undefined;
  const { kind, check, button } = said as Partial<Record<'kind' | 'check' | 'button', unknown>>;
  if (typeof kind !== 'string') return undefined;
  if (plain.includes(kind)) return { kind } as FromView;
  return kind === 'press' && typeof check === 'string' && typeof button === 'string'
    ? { kind, check, button }
    : undefined;
}

/** What was kept over a reload, if it is what a page keeps. */
export function whoseFrom(kept: unknown): Whose | undefined {
  const { whose } = fieldsOf(kept);
  const { cloud, account, cluster, other } = fieldsOf(whose);
  const { id, label } = fieldsOf(account);
  const { key, name } = fieldsOf(cluster);
  const them = other === null ? null : otherFrom(other);
  return isText(cloud) && isText(id) && isText(label) && isText(key) && isText(name) && them !== undefined
    ? { cloud, account: { id, label }, cluster: { key, name }, other: them }
    : undefined;
}

function otherFrom(kept: unknown): Other | undefined {
  const { objectId, type, tenant, name } = fieldsOf(kept);
  const known = types.find((one) => one === type);
  return isText(objectId) && known !== undefined && (tenant === null || isText(tenant)) && isText(name)
    ? { objectId, type: known, tenant, name }
    : undefined;
}

function fieldsOf(value: unknown): Readonly<Partial<Record<string, unknown>>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
