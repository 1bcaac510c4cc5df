/**
 * How much of what clients send is taken in: of memory, and of each turn of the event loop. Both are shared out to
 * applications, so that who is sent floods does not take them from others.
 *
 * @module
 */
import type { Readable } from 'node:stream';

/** What one application may take in. */
export interface Intake {
  /** Whether so many more bytes have room. */
  fits(bytes: number): boolean;
  /** Bytes that are held from now on, whether they fit or not. */
  take(bytes: number): void;
  give(bytes: number): void;
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

/** Bytes of one chunk, as Node reads them. */
const CHUNK_BYTES = 64 * 1024;
/** Chunks that one application may be sent in a turn of the event loop: much less than a millisecond of work. */
const TURN_CHUNKS = 4;
/** And those that are read only to be thrown away. */
const WASTE_CHUNKS = 1;
/** Sources that are read only to be thrown away. */
const CROWD = 64;
/** The name under which that is read: no application has it. */
const WASTE = '';

/**
 * Shares these bytes of memory out: one application holds at most half of them. Without an application it is for what
 * nobody wants, which must not take turns from what is wanted.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const intake = createIntake({ maxBytes: 100 });
 * const shop = intake('shop');
 * shop.take(40);
 * assert.deepEqual([shop.fits(10), shop.fits(11), intake('blog').fits(50)], [true, false, true]);
 * shop.give(40);
 * assert.ok(shop.fits(50));
 * ```
 */
export function createIntake({ maxBytes }: { readonly maxBytes: number }): (app?: string) => Intake {
  const half = Math.floor(maxBytes / 2);
  const all = { held: 0 };
  const apps = new Map<string, Part>();
  return (app = WASTE) => {
    const chunks = app === WASTE ? WASTE_CHUNKS : TURN_CHUNKS;
    // Looked up each time: one that is not in use goes, and another comes.
    const part = (): Part =>
      apps.getOrInsertComputed(app, () => new Part(chunks, () => void apps.delete(app)));
    return {
      fits: (bytes) => (apps.get(app)?.held ?? 0) + bytes <= half && all.held + bytes <= maxBytes,
      take(bytes) {
        all.held += bytes;
        part().held += bytes;
      },
      give(bytes) {
        all.held -= bytes;
        part().held -= bytes;
        part().leave();
      },
      get crowded() {
        return apps.get(app)?.crowded ?? false;
      },
      read: (source, handle) => part().read(source, handle),
    };
  };
}

type Source = Parameters<Intake['read']>[0];

/** One application's part; gone when nobody uses it. */
class Part {
  /** Chunks in a turn; as many sources go on in it, because each is good for one. */
  readonly #chunks: number;
  readonly #left: () => void;
  readonly #flowing = new Set<Source>();
  /** In the order in which they were paused. */
  readonly #paused = new Set<Source>();
  held = 0;
  #bytes = 0;
  #scheduled = false;

  constructor(chunks: number, left: () => void) {
    this.#chunks = chunks;
    this.#left = left;
  }

  read(source: Source, handle: (chunk: Uint8Array) => void): () => void {
    const take = (chunk: Uint8Array): void => {
      this.#bytes += chunk.length;
      this.#schedule();
      if (this.#isOver()) this.#pauseAll();
      handle(chunk);
    };
    this.#flowing.add(source);
    // Nothing of it is read in a turn that is over already, nor before those that have waited longer.
    if (this.#isOver() || this.#paused.size > 0) this.#pauseAll();
    source.on('data', take);
    return () => {
      source.off('data', take);
      this.#flowing.delete(source);
      this.#paused.delete(source);
      this.leave();
    };
  }

  leave(): void {
    const unused = this.held === 0 && this.#flowing.size === 0 && this.#paused.size === 0;
    if (unused && !this.#scheduled) this.#left();
  }

  get crowded(): boolean {
    return this.#flowing.size + this.#paused.size >= CROWD;
  }

  #isOver(): boolean {
    return this.#bytes >= this.#chunks * CHUNK_BYTES;
  }

  #pauseAll(): void {
    for (const source of this.#flowing) {
      source.pause();
      this.#paused.add(source);
    }
    this.#flowing.clear();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    this.#bytes = 0;
    let more = this.#chunks;
    for (const source of this.#paused) {
      if (more-- === 0) break;
      this.#paused.delete(source);
      this.#flowing.add(source);
      source.resume();
    }
    if (this.#paused.size > 0) this.#schedule();
    this.leave();
  }
}
