import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { EncodedSourceMap } from '@jridgewell/trace-mapping';
import { AsyncWriter } from '@mongosh/async-rewriter2';

/** So many of the last scripts are remembered: a function may fail long after it was written. */
const most = 500;

interface Origin {
  readonly map: TraceMap;
  readonly file: string;
  readonly line: number;
}

/** mongosh's way of leaving out every `await`, and the way back from what that made to what was written. */
export class Rewriter extends AsyncWriter {
  readonly #origins = new Map<string, Origin>();
  #last: EncodedSourceMap | undefined;
  #count = 0;

  override step(
    ...[ast, source, plugins, options]: Parameters<AsyncWriter['step']>
  ): ReturnType<AsyncWriter['step']> {
    const made = super.step(ast, source, plugins, { ...options, sourceMaps: options?.code === true });
    if (made?.map) this.#last = made.map as EncodedSourceMap;
    return made;
  }

  /** A name for what was just rewritten, of which the first line is this one of a file. */
  name(file: string, line: number): string {
    const name = `playground#${++this.#count}`;
    if (this.#last !== undefined) this.#origins.set(name, { map: new TraceMap(this.#last), file, line });
    const [oldest] = this.#origins.keys();
    if (oldest !== undefined && this.#origins.size > most) this.#origins.delete(oldest);
    return name;
  }

  /** The innermost line of a file in a stack, counted from 0. */
  lineIn(stack: string, file: string): number | undefined {
    for (const [, name = '', line, column] of stack.matchAll(/(playground#\d+):(\d+):(\d+)/g)) {
      const origin = this.#origins.get(name);
      if (origin?.file !== file) continue;
      const at = originalPositionFor(origin.map, { line: Number(line), column: Number(column) - 1 });
      if (at.line !== null) return origin.line + at.line - 1;
    }
    return undefined;
  }
}
