/**
 * Runs a script of core WebAssembly twice, on its modules and on what rewriting makes of them, and compares: what
 * instantiates, what calls return or how they trap, and what memories and globals hold afterwards.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { RewriteOptions } from '../../src/component/rewrite/index.ts';
import { coreArgument, resultText, unpassable } from './core-values.ts';
import { CoreWorld, ownNames } from './core-world.ts';
import { type Atom, head, isList, type List, readWast } from './wast.ts';
import { textOf } from './wast-values.ts';

export interface CoreOutcome {
  readonly line: number;
  readonly command: string;
  /** `skipped`: the text parser, V8 or JavaScript cannot do it, rewritten or not. */
  readonly verdict: 'same' | 'differs' | 'skipped';
  /** What differs, why it is skipped, or what both did. */
  readonly note: string;
}

/** Tables of the scripts grow further than we let them by default. */
const OPTIONS: RewriteOptions = { tableEntries: 10_000_000 };

/** Runs every command that makes or calls something. */
export async function runCoreWast(text: string, options: RewriteOptions = OPTIONS): Promise<CoreOutcome[]> {
  const pair = new Pair(options);
  const outcomes: CoreOutcome[] = [];
  for (const list of readWast(text)) {
    const command = head(list);
    const found =
      command === 'module'
        ? await pair.module(list, text)
        : command === 'register'
          ? pair.register(list)
          : pair.action(list);
    if (found !== undefined) outcomes.push({ line: list.line, command, ...found });
  }
  const left = pair.compareState();
  if (left !== undefined) outcomes.push({ line: 0, command: 'end', verdict: 'differs', note: left });
  return outcomes;
}

type Found = Pick<CoreOutcome, 'verdict' | 'note'>;

const skipped = (note: string): Found => ({ verdict: 'skipped', note });

function compare(original: string, rewritten: string): Found {
  if (original === rewritten) return { verdict: 'same', note: original };
  return { verdict: 'differs', note: `${original} became ${rewritten}` };
}

class Pair {
  readonly #worlds: readonly [CoreWorld, CoreWorld];
  readonly #definitions = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(options: RewriteOptions) {
    this.#worlds = [new CoreWorld(), new CoreWorld(options)];
  }

  async module(list: List, text: string): Promise<Found> {
    const before = this.compareState();
    for (const world of this.#worlds) world.forget();
    const words = list.items.slice(1, 4).map((item) => (isList(item) ? '' : item.text));
    if (words[0] === 'instance') return this.#instance(words[1], this.#definitions.get(words[2] ?? ''));
    const source = text.slice(list.start, list.end).replace(/^\(module\s+definition\b/, '(module');
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(await parse(source));
    } catch (error) {
      return skipped(
        `not parsed: ${String((error as { payload?: unknown }).payload ?? error).split('\n')[0]}`,
      );
    }
    if (!WebAssembly.validate(bytes)) return skipped('not valid to V8');
    if (words[0] === 'definition') {
      this.#definitions.set(words[1] ?? '', bytes);
      return { verdict: 'same', note: 'defined' };
    }
    const made = this.#instance(words[0], bytes);
    return before === undefined ? made : { verdict: 'differs', note: before };
  }

  #instance(name: string | undefined, bytes: Uint8Array<ArrayBuffer> | undefined): Found {
    if (bytes === undefined) return skipped('not defined');
    const named = name?.startsWith('$') ? name : undefined;
    const [original, rewritten] = this.#worlds.map((world) =>
      outcome(() => {
        world.instantiate(bytes, named);
        return `instance of ${ownNames(world.find(undefined)?.exports ?? {})}`;
      }),
    );
    return compare(original as string, rewritten as string);
  }

  register(list: List): Found {
    const [as, name] = list.items.slice(1) as Atom[];
    for (const world of this.#worlds) world.register(textOf(as as Atom), name?.text);
    return { verdict: 'same', note: 'registered' };
  }

  /** A call, alone or in an assertion; nothing for assertions about modules. */
  action(list: List): Found | undefined {
    const inner = /^(invoke|get)$/.test(head(list)) ? list : list.items.find(isList);
    if (inner === undefined || !/^(invoke|get)$/.test(head(inner))) return undefined;
    const words = inner.items.slice(1);
    const first = words[0];
    const named =
      first !== undefined && !isList(first) && first.bytes === undefined
        ? (words.shift() as Atom)
        : undefined;
    const [name, ...args] = words;
    const values = args.map(coreArgument);
    if (values.includes(unpassable)) return skipped('an argument that JavaScript cannot pass');
    const [original, rewritten] = this.#worlds.map((world) => {
      const live = world.find(named?.text);
      if (live === undefined) return undefined;
      const found = live.exports[textOf(name as Atom)];
      return outcome(() => resultText(head(inner) === 'get' ? found.value : found(...values)));
    });
    if (original === undefined || rewritten === undefined)
      return original === rewritten ? skipped('no instance') : compare(`${original}`, `${rewritten}`);
    if (/^TypeError/.test(original)) return skipped('JavaScript cannot pass or take a value');
    return compare(original, rewritten);
  }

  /** Whether what the current instances let one see is the same; if not, what differs. */
  compareState(): string | undefined {
    const [original, rewritten] = this.#worlds.map((world) => world.find(undefined));
    if (original === undefined || rewritten === undefined) return undefined;
    for (const name of ownNames(original.exports)) {
      const [a, b] = [original.exports[name], rewritten.exports[name]];
      if (a instanceof WebAssembly.Memory) {
        const [left, right] = [a.buffer.byteLength, rewritten.sizeOf(b)];
        const same =
          left === right &&
          Buffer.compare(new Uint8Array(a.buffer), new Uint8Array(b.buffer, 0, right)) === 0;
        if (!same) return `memory ${name} of ${left} bytes became another one of ${right}`;
      } else if (a instanceof WebAssembly.Global) {
        const [left, right] = [a, b].map((one) => outcome(() => resultText(one.value)));
        if (left !== right) return `global ${name}: ${left} became ${right}`;
      }
    }
    return undefined;
  }
}

/** What it answers, or the error; how deep a stack may be is V8's business. */
function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) return `threw ${String(error?.constructor?.name)}`;
    return error instanceof RangeError ? 'RangeError' : `${error.name}: ${error.message}`;
  }
}
