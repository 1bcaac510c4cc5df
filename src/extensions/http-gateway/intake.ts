/**
 * How much of what clients send is read in a turn of the event loop. Applications share turns, so that who is sent
 * floods does not take them from others.
 *
 * @module
 */
import type { Readable } from 'node:stream';

/** What one application is sent. */
export interface Intake {
  /** So many sources are read that another one is too many. */
  readonly crowded: boolean;
  /**
   * Reads from a source that flows or is about to: `handle` gets each chunk. It is paused when the application has
   * had its part of a turn, and resumed in a later one. Answers what ends that.
   */
  read(
    source: Pick<Readable, 'on' | 'off' | 'pause' | 'resume'>,
    handle: (chunk: Uint8Array) => void,
  ): () => void;
}

export interface Intakes {
  /** Without an application it is for what nobody wants, which must not take turns from what is wanted. */
  of(app?: string): Intake;
  /** A request for this application is here: for a moment, others are sent their bodies more slowly. */
  asked(app: string): void;
}

/** Bytes of one chunk, as Node reads them. */
const CHUNK_BYTES = 64 * 1024;
/**
 * Chunks that one application may be sent in a turn of the event loop, much less than a millisecond of work; and the
 * milliseconds from one turn to the next while others are there, for what follows a body is more work than reading it.
 */
const TURN = { chunks: 4, restMs: 32 };
/** The same of what is read only to be thrown away. */
const WASTE_TURN = { chunks: 1, restMs: 1 };
/** Sources that are read only to be thrown away. */
const CROWD = 64;
/** The name under which that is read: no application has it. */
const WASTE = '';
/** Another application counts as being there so long after a request for it. */
const THERE_MS = 100;

/**
 * Shares turns of the event loop out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Readable } from 'node:stream';
 * const intakes = createIntakes();
 * let bytes = 0;
 * const source = Readable.from([new Uint8Array(3), new Uint8Array(4)]);
 * const stop = intakes.of('shop').read(source, ({ length }) => { bytes += length; });
 * await new Promise((resolve) => source.once('end', resolve));
 * stop();
 * assert.equal(bytes, 7);
 * ```
 */
export function createIntakes(): Intakes {
  const parts = new Map<string, Part>();
  /** The last application that was asked for, and the last other one. */
  let last = { app: '', at: Number.NEGATIVE_INFINITY };
  let other = last;
  const isAlone = (app: string): boolean => {
    const { at } = last.app === app ? other : last;
    return performance.now() - at > THERE_MS;
  };
  return {
    of: (app = WASTE) => ({
      get crowded() {
        return parts.get(app)?.crowded ?? false;
      },
      read(source, handle) {
        // Looked up each time: one that is not in use goes, and another comes.
        const part = parts.getOrInsertComputed(app, () => {
          const turn = app === WASTE ? WASTE_TURN : TURN;
          return new Part({ ...turn, isAlone: () => isAlone(app), left: () => void parts.delete(app) });
        });
        return part.read(source, handle);
      },
    }),
    asked(app) {
      if (app !== last.app) other = last;
      last = { app, at: performance.now() };
    },
  };
}

type Source = Parameters<Intake['read']>[0];

interface PartOptions {
  /** Chunks in a turn; as many sources go on in it, because each is good for one. */
  readonly chunks: number;
  /** To the next turn, when it is not alone. */
  readonly restMs: number;
  /** Whether no other application was asked for just now. */
  readonly isAlone: () => boolean;
  /** Called when nobody uses it. */
  readonly left: () => void;
}

/** One application's part; gone when nobody uses it. */
class Part {
  readonly #options: PartOptions;
  /** In the order in which they came. */
  readonly #sources = new Set<Source>();
  /** In the order in which they were paused. */
  readonly #paused = new Set<Source>();
  /** Goes on out of turn, for one chunk. */
  #passing: Source | undefined;
  #bytes = 0;
  #scheduled = false;

  constructor(options: PartOptions) {
    this.#options = options;
  }

  read(source: Source, handle: (chunk: Uint8Array) => void): () => void {
    const take = (chunk: Uint8Array): void => {
      this.#bytes += chunk.length;
      this.#schedule();
      if (this.#isOver()) this.#pauseAll();
      else if (source === this.#passing) this.#pause(source);
      handle(chunk);
    };
    this.#sources.add(source);
    // Nothing of it is read in a turn that is over already, nor before those that have waited longer.
    if (this.#isOver() || this.#paused.size > 0) this.#pauseAll();
    source.on('data', take);
    return () => {
      source.off('data', take);
      this.#sources.delete(source);
      this.#paused.delete(source);
      this.#leave();
    };
  }

  get crowded(): boolean {
    return this.#sources.size >= CROWD;
  }

  #leave(): void {
    if (this.#sources.size === 0 && !this.#scheduled) this.#options.left();
  }

  #isOver(): boolean {
    return this.#bytes >= this.#options.chunks * CHUNK_BYTES;
  }

  #pauseAll(): void {
    for (const source of this.#sources) {
      if (!this.#paused.has(source)) this.#pause(source);
    }
    this.#schedule();
  }

  #pause(source: Source): void {
    source.pause();
    this.#paused.add(source);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const turn = (): void => this.#turn();
    // Whoever sends has a connection, and that keeps the process alive.
    if (this.#options.isAlone()) setImmediate(turn);
    else setTimeout(turn, this.#options.restMs).unref();
  }

  #turn(): void {
    this.#scheduled = false;
    this.#bytes = 0;
    let more = this.#options.chunks - 1;
    const [longest] = this.#paused;
    // The oldest, so that one after the other comes to its end; and the one that was paused first, so that each goes on.
    for (const source of this.#sources) {
      if (more === 0 || this.#paused.size === 0) break;
      more -= this.#resume(source);
    }
    this.#passing = longest && this.#resume(longest) ? longest : undefined;
    if (this.#paused.size > 0) this.#schedule();
    this.#leave();
  }

  /** How many were resumed. */
  #resume(source: Source): number {
    if (!this.#paused.delete(source)) return 0;
    source.resume();
    return 1;
  }
}
