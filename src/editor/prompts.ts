import * as vscode from 'vscode';
import { Failure } from '../core/failure.ts';
import { withoutIcons, withoutLinks } from './literal.ts';
import { messageOf } from './messages.ts';

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

/** A question that is answered by typing. */
export interface Typed {
  readonly title: string;
  readonly question: string;
  readonly start?: string;
  readonly secret?: boolean;
  /** What is wrong with the text so far. */
  readonly problem?: (text: string) => string | undefined;
}

/** A question whose answers are looked up while somebody types. */
export interface Search<T> {
  readonly title: string;
  readonly question: string;
  /** Without it the row that one stands on is taken, and no other. */
  readonly several: boolean;
  /** Asked with an empty text as well: for who is there before anything is typed. */
  readonly find: (text: string, signal: AbortSignal) => Promise<readonly Choice<T>[]>;
}

/** Something to do with a row of a list, or with the list. */
export interface Act {
  readonly name: string;
  readonly label: string;
  readonly icon: string;
}

/** A list to look through: a row can be chosen, and more can be done than that. */
export interface Browse<T> {
  readonly title: string;
  readonly question: string;
  readonly choices: readonly Choice<T>[];
  /** What can be done with each row. */
  readonly acts: readonly Act[];
  /** What can be done with the list. */
  readonly listActs: readonly Act[];
  /** What was typed the last time. */
  readonly typed: string;
  /** The row to stand on, by its value. */
  readonly at?: T | undefined;
  /** There is something to go back to. */
  readonly canGoBack?: boolean;
}

/**
 * What is to be done with which row: without an act it was chosen, without a value it is about the list; `back` leads
 * to where it came from.
 */
export interface Browsed<T> {
  readonly act: string | undefined;
  readonly value: T | undefined;
  readonly typed: string;
}

/** All that ever asks a person something, so that a test can answer. */
export interface Prompts {
  pick<T>(choices: readonly Choice<T>[], question: string, title?: string): Promise<T | undefined>;
  pickMany<T>(choices: readonly Choice<T>[], question: string): Promise<readonly T[] | undefined>;
  search<T>(search: Search<T>): Promise<readonly T[] | undefined>;
  browse<T>(browse: Browse<T>): Promise<Browsed<T> | undefined>;
  type(typed: Typed): Promise<string | undefined>;
  /** Asks before something that hurts; nothing else goes on until it is answered. */
  confirm(text: string, detail: string, buttons: readonly string[]): Promise<string | undefined>;
  /** Asks where to put a file. */
  save(name: string): Promise<vscode.Uri | undefined>;
  /** Tells, and returns the button that was pressed. */
  tell(
    severity: 'information' | 'error',
    text: string,
    buttons: readonly string[],
  ): Promise<string | undefined>;
}

export const editorPrompts: Prompts = {
  async pick(choices, question, title) {
    const options = {
      placeHolder: question,
      matchOnDescription: true,
      matchOnDetail: true,
      ignoreFocusOut: true,
    };
    const titled = title === undefined ? options : { ...options, title };
    return (await vscode.window.showQuickPick(choices.map(literal), titled))?.value;
  },

  async pickMany(choices, question) {
    const options = { placeHolder: question, matchOnDescription: true, canPickMany: true as const };
    return (await vscode.window.showQuickPick(choices.map(literal), options))?.map(({ value }) => value);
  },

  search: (search) => searching(search),

  browse: (browse) => browsing(browse),

  type: async ({ title, question, start, secret, problem }) =>
    vscode.window.showInputBox({
      title,
      prompt: withoutIcons(withoutLinks(question)),
      ignoreFocusOut: true,
      ...(start === undefined ? {} : { value: start }),
      ...(secret === true ? { password: true } : {}),
      ...(problem === undefined ? {} : { validateInput: (text) => literalProblem(problem(text)) }),
    }),

  confirm: async (text, detail, buttons) =>
    vscode.window.showWarningMessage(text, { modal: true, detail }, ...buttons),

  save: async (name) => {
    const home = vscode.workspace.workspaceFolders?.[0]?.uri;
    return vscode.window.showSaveDialog(
      home === undefined ? {} : { defaultUri: vscode.Uri.joinPath(home, name) },
    );
  },

  async tell(severity, text, buttons) {
    return severity === 'error'
      ? vscode.window.showErrorMessage(withoutLinks(text), ...buttons)
      : vscode.window.showInformationMessage(withoutLinks(text), ...buttons);
  },
};

/** A row in which names, reasons and words of services stand as they are. */
function literal<T>(choice: Choice<T>): Choice<T> {
  const { label, description, detail } = choice;
  return {
    ...choice,
    label: withoutIcons(label),
    ...(description === undefined ? {} : { description: withoutIcons(description) }),
    ...(detail === undefined ? {} : { detail: withoutIcons(detail) }),
  };
}

function literalProblem(text: string | undefined): string | undefined {
  return text === undefined ? undefined : withoutIcons(withoutLinks(text));
}

function browsing<T>(browse: Browse<T>): Promise<Browsed<T> | undefined> {
  const { title, question, choices, acts, listActs, typed, at, canGoBack } = browse;
  const box = vscode.window.createQuickPick<Choice<T>>();
  box.title = title;
  box.placeholder = question;
  box.matchOnDescription = true;
  box.matchOnDetail = true;
  box.value = typed;
  const buttonsOf = (all: readonly Act[]): readonly vscode.QuickInputButton[] =>
    all.map(({ label, icon }) => ({ iconPath: new vscode.ThemeIcon(icon), tooltip: label }));
  const [rowButtons, listButtons] = [buttonsOf(acts), buttonsOf(listActs)];
  const { Back } = vscode.QuickInputButtons;
  box.buttons = canGoBack === true ? [Back, ...listButtons] : listButtons;
  box.items = choices.map((choice) => ({ ...literal(choice), buttons: rowButtons }));
  const stoodOn = at === undefined ? undefined : box.items.find(({ value }) => value === at);
  if (stoodOn !== undefined) box.activeItems = [stoodOn];
  return new Promise((resolve) => {
    const end = (act: string | undefined, value: T | undefined): void => {
      resolve({ act, value, typed: box.value });
      box.hide();
    };
    box.onDidTriggerButton((button) =>
      end(button === Back ? 'back' : listActs[listButtons.indexOf(button)]?.name, undefined),
    );
    box.onDidTriggerItemButton(({ button, item }) =>
      end(acts[rowButtons.findIndex(({ tooltip }) => tooltip === button.tooltip)]?.name, item.value),
    );
    box.onDidAccept(() => {
      const [item] = box.activeItems;
      if (item !== undefined) end(undefined, item.value);
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}

/** How long a person pauses before what they typed is looked up. */
const typingPause = 250;

/** Who was ticked stays in the list, whatever is looked for next. */
function searching<T>({ title, question, several, find }: Search<T>): Promise<readonly T[] | undefined> {
  const box = vscode.window.createQuickPick<Choice<T>>();
  box.title = title;
  box.placeholder = question;
  box.canSelectMany = several;
  box.ignoreFocusOut = true;
  box.matchOnDescription = true;
  box.matchOnDetail = true;
  let running = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  /** What the rows on the screen were found by. */
  let shownFor: string | undefined;

  const look = async (text: string): Promise<void> => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    box.busy = true;
    let found: readonly Choice<T>[] = [];
    let reason = '';
    try {
      found = (await find(text, signal)).map(literal);
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.code !== 'cancelled') reason = messageOf(failure).short;
    }
    if (signal.aborted) return;
    // Where one is wanted, what is selected is whoever Enter was pressed on.
    const ticked = several ? box.selectedItems : [];
    const others = found.filter(({ detail }) => !ticked.some((item) => item.detail === detail));
    box.busy = false;
    box.title = reason === '' ? title : `${title} – ${reason}`;
    // What is shown was found by the text already, by parts of it that the rows need not show.
    box.items = [...ticked, ...others].map((item) => ({ ...item, alwaysShow: true }));
    box.selectedItems = box.items.slice(0, ticked.length);
    // Else Enter has no row to mean until an arrow key was pressed.
    box.activeItems = box.items.slice(ticked.length, ticked.length + 1);
    shownFor = text;
  };

  /** Whoever types on and presses Enter means nobody of those who were found by what was typed before. */
  const isMeant = ({ label, description, detail }: Choice<T>): boolean => {
    const text = box.value.trim();
    if (text === shownFor) return true;
    return [label, description, detail].some((part) => part?.toLowerCase().includes(text.toLowerCase()));
  };

  return new Promise((resolve) => {
    box.onDidChangeValue((text) => {
      clearTimeout(timer);
      timer = setTimeout(() => void look(text.trim()), typingPause);
    });
    box.onDidAccept(() => {
      // Enter without a tick means the row one stands on.
      const ticked = several ? box.selectedItems : [];
      const marked = ticked.length > 0 ? ticked : box.activeItems.filter(isMeant);
      // A row that only says something cannot be taken.
      const chosen = marked.filter(({ value }) => value !== undefined);
      if (chosen.length === 0) return;
      resolve(chosen.map(({ value }) => value));
      box.hide();
    });
    box.onDidHide(() => {
      clearTimeout(timer);
      running.abort();
      resolve(undefined);
      box.dispose();
    });
    box.show();
    void look('');
  });
}
