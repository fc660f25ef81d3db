/** In characters: of what a statement prints, so many are kept, and so many lines. */
const most = { characters: 1_000_000, lines: 50_000 };
/** Lines that are said at once, and how many milliseconds they wait at most for others. */
const together = { lines: 1000, milliseconds: 50 };

/** What a statement prints: said in pieces, so that one that prints without end drowns nobody who listens. */
export class Printout {
  readonly #say: (lines: readonly string[]) => void;
  #lines: string[] = [];
  #left = { ...most };
  #timer: NodeJS.Timeout | undefined;
  #said = -Infinity;

  constructor(say: (lines: readonly string[]) => void) {
    this.#say = say;
  }

  print(text: string): void {
    if (this.#left.characters <= 0 || this.#left.lines <= 0) return;
    this.#lines.push(text.slice(0, this.#left.characters));
    this.#left = { characters: this.#left.characters - text.length, lines: this.#left.lines - 1 };
    // Where a script never waits, no timer has its turn.
    const isLate = performance.now() - this.#said > together.milliseconds;
    if (isLate || this.#lines.length >= together.lines) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), together.milliseconds);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    this.#say(this.#lines);
    this.#lines = [];
    this.#said = performance.now();
  }
}
