import type { Connection, Libp2p, Stream, StreamHandler } from '@libp2p/interface';
import type { Surroundings } from '../node/part.ts';
import { countFields } from './wire.ts';

const PROTOCOL = '/ipfs/bitswap/1.2.0';

/** What a peer may say. A want is four to six fields, a block or the word that there is none three. */
export interface WantLimits {
  /** Fields of messages, in each second. */
  readonly perSecond: number;
  /** Those that may come at once. */
  readonly burst: number;
  /** So many fields a message costs besides, however little it says. */
  readonly message: number;
  /** Streams that are reset because they brought more, after which a peer is not spoken to any more. */
  readonly resets: number;
}

const LIMITS: WantLimits = { perSecond: 32_768, burst: 32_768, message: 32, resets: 16 };

/** Peers that are counted; the oldest are forgotten. */
const MAX_PEERS = 1_000;

/** What libp2p knows of a protocol: not in its interface, but its version is pinned and a test says that it is there. */
interface Registrar {
  getHandler(protocol: string): { readonly handler: StreamHandler; readonly options: object };
}

interface Level {
  tokens: number;
  at: number;
  resets: number;
}

/**
 * Bounds what each peer may ask for, before it is read: a list of 90,000 wants, 4 MB, takes a second to read and costs
 * its sender nothing. Fields are counted while they come; the stream that brings more than the peer may say is reset
 * before its message is whole, and a peer that goes on ends on the deny list. Once everything that was too much has been
 * made up for, it is forgotten.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using node = await startNode();
 * using watch = await watchWanted(node.surroundings);
 * assert.equal(typeof watch[Symbol.dispose], 'function');
 * ```
 */
export async function watchWanted(
  surroundings: Surroundings,
  limits: WantLimits = LIMITS,
): Promise<Disposable> {
  const { node, deny, log, count } = surroundings;
  const levels = createLevels(surroundings, limits);
  let over = false;

  function refuse(peer: string, resets: number): void {
    count('wants_refused_total');
    if (resets <= limits.resets) return;
    levels.forget(peer);
    if (!deny.deny(peer, 'It asked for far more blocks than anybody can want')) return;
    count('peers_denied_total', { reason: 'wants' });
    log.warn('A peer asked for far more blocks than anybody can want: it is on the deny list now', { peer });
  }

  function watch(stream: Stream, { remotePeer }: Connection): void {
    const peer = remotePeer.toString();
    const fields = countFields(limits.message);
    stream.addEventListener('message', (event) => {
      if (over) return;
      const { data } = event;
      const resets = levels.take(peer, fields(data instanceof Uint8Array ? [data] : data));
      if (resets === 0) return;
      // Whoever reads the stream does not even see this.
      event.stopImmediatePropagation();
      stream.abort(new Error('This peer says too much in too short a time'));
      refuse(peer, resets);
    });
  }

  await before(node.libp2p, watch);
  return {
    [Symbol.dispose]() {
      over = true;
    },
  };
}

/** Lets something look at each stream before those who read it. */
async function before(libp2p: Libp2p, look: (stream: Stream, connection: Connection) => void): Promise<void> {
  const { components } = libp2p as unknown as { readonly components: { readonly registrar: Registrar } };
  const { handler, options } = components.registrar.getHandler(PROTOCOL);
  const handle: StreamHandler = (stream, connection) => {
    look(stream, connection);
    return handler(stream, connection);
  };
  await libp2p.handle(PROTOCOL, handle, { ...options, force: true });
}

interface Levels {
  /** Takes what this costs: 0 when there is enough, else how often there was not. */
  take(peer: string, cost: number): number;
  forget(peer: string): void;
}

function createLevels(
  { clock }: Pick<Surroundings, 'clock'>,
  { perSecond, burst }: Pick<WantLimits, 'perSecond' | 'burst'>,
): Levels {
  /** In the order in which they were heard last. */
  const levels = new Map<string, Level>();
  return {
    forget: (peer) => void levels.delete(peer),
    take(peer, cost) {
      const at = Number(clock.monotonic()) / 1e9;
      const level = levels.get(peer) ?? { tokens: burst, at, resets: 0 };
      level.tokens = Math.min(burst, level.tokens + (at - level.at) * perSecond);
      level.at = at;
      if (level.tokens === burst) level.resets = 0;
      levels.delete(peer);
      levels.set(peer, level);
      const [oldest] = levels.keys();
      if (levels.size > MAX_PEERS && oldest !== undefined) levels.delete(oldest);
      if (cost <= level.tokens) {
        level.tokens -= cost;
        return 0;
      }
      level.tokens = 0;
      level.resets++;
      return level.resets;
    },
  };
}
