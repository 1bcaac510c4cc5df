/**
 * One peer of the benchmark of the topics, a process of its own: a whole engine with a guest, or js-libp2p with
 * gossipsub and nothing else. Its parent tells it what to do.
 *
 * @module
 */

/** What a peer is. */
export interface PeerOptions {
  readonly kind: 'bare' | 'raw' | 'signed' | 'cose';
  readonly home: string;
  /** PEM file of the application's key. */
  readonly key: string;
  /** Subscribes, or publishes. */
  readonly role: 'publisher' | 'first' | 'other';
  /** Multiaddrs of who was started before: the publisher. */
  readonly others: readonly string[];
}

/** Messages to be published; `one`: on the topic of the first subscriber alone. */
export interface Publish {
  readonly one: boolean;
  readonly times: number;
  readonly bytes: number;
}

/** What the parent says. */
export type ToPeer =
  | { readonly start: PeerOptions }
  | { readonly connect: readonly string[] }
  | { readonly ready: number }
  /** Answered with the processor time so far, of all threads, in microseconds. */
  | { readonly used: true }
  | { readonly publish: Publish }
  /** Answered when so many messages were heard since the last time. */
  | { readonly hear: number };

/** One that runs. */
export interface Peer {
  readonly addresses: readonly string[];
  /** Multiaddrs of all others. */
  connect(others: readonly string[]): Promise<void>;
  publish(what: Publish): Promise<void>;
  /** Resolves when so many others are there, and subscribed. */
  ready(others: number): Promise<void>;
}

export const TOPICS = { one: 'bench/one', all: 'bench/all' };
/** Published at the same time. */
const DEPTH = 16;
/** Counts what was heard, and tells when it is enough. */
class Ear {
  #heard = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #enough: (() => void) | undefined;
  /** Of the last message, by the machine's steady clock. */
  last = 0;

  hear(): void {
    this.last = steady();
    if (++this.#heard >= this.#wanted) this.#enough?.();
  }

  async until(count: number): Promise<void> {
    if (this.#heard < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wanted = count;
      this.#enough = resolve;
      await promise;
    }
    this.#wanted = Number.POSITIVE_INFINITY;
    this.#heard -= count;
  }
}

/** Milliseconds, the same for all processes of this machine. */
function steady(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The lanes share the work. */
export async function inLanes(times: number, run: () => Promise<unknown>): Promise<void> {
  let left = times;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: DEPTH }, lane));
}

/** Only what it needs is loaded. */
async function start(options: PeerOptions, heard: () => void): Promise<Peer> {
  if (options.kind !== 'bare') return (await import('./ipfs-engine.ts')).startEngine(options, heard);
  return (await import('./ipfs-bare.ts')).startBare(options, heard);
}

async function main(): Promise<void> {
  const ear = new Ear();
  let peer: Peer;
  const perform = async (message: ToPeer): Promise<unknown> => {
    if ('start' in message) {
      peer = await start(message.start, () => ear.hear());
      return peer.addresses;
    }
    if ('connect' in message) return peer.connect(message.connect);
    if ('ready' in message) return peer.ready(message.ready);
    if ('used' in message) {
      const { user, system } = process.cpuUsage();
      return user + system;
    }
    if ('hear' in message) {
      await ear.until(message.hear);
      return ear.last;
    }
    const begun = steady();
    await peer.publish(message.publish);
    return begun;
  };
  process.on('message', (message: ToPeer) => {
    perform(message).then(
      (answer) => process.send?.({ answer: answer ?? null }),
      (error: unknown) => process.send?.({ failed: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

if (import.meta.main) await main();
