import type { Libp2p, Stream, StreamHandler } from '@libp2p/interface';

const PROTOCOLS = [
  '/ipfs/bitswap/1.2.0',
  '/ipfs/bitswap/1.1.0',
  '/ipfs/bitswap/1.0.0',
  '/ipfs/bitswap',
] as const;

/** What libp2p knows of a protocol: not in its interface, but its version is pinned and a test says that it is there. */
interface Registrar {
  getHandler(protocol: string): {
    readonly handler: StreamHandler;
    readonly options: Readonly<Record<string, unknown>>;
  };
}

export interface StreamBounds {
  /** Bytes of messages that have not come as a whole, on all streams of all peers. */
  readonly partialBytes: number;
}

const BOUNDS: StreamBounds = { partialBytes: 64 * 1_048_576 };

/**
 * Keeps streams open on which others ask for blocks. Helia closes its half of them at once, because it answers on
 * streams of its own; peers who do not write in JavaScript may take that for the end of the whole stream, and ask no
 * more (smoldot does). Here it is closed when the other side has said all that it wants. (`libp2p.use` would be the
 * place, but with it every stream is given to as many handlers as there were streams.)
 *
 * libp2p bounds the streams of one connection; here those of a peer are bounded by the same number, over however many
 * connections, and what is gathered on all streams by its bytes: beyond them the stream that has stood still for longest
 * is reset.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using node = await startNode();
 * const { libp2p } = node.node;
 * await keepBitswapStreams(libp2p);
 * assert.ok(libp2p.getProtocols().includes('/ipfs/bitswap/1.2.0'));
 * ```
 */
export async function keepBitswapStreams(libp2p: Libp2p, bounds: StreamBounds = BOUNDS): Promise<void> {
  const { registrar } = (libp2p as unknown as { readonly components: { readonly registrar: Registrar } })
    .components;
  const spoken = new Set(libp2p.getProtocols());
  const perPeer = countPeers();
  const gathered = boundGathered(bounds);
  for (const protocol of PROTOCOLS.filter((each) => spoken.has(each))) {
    const { handler, options } = registrar.getHandler(protocol);
    const most = Number(options['maxInboundStreams'] ?? Number.POSITIVE_INFINITY);
    const handle: StreamHandler = (stream, connection) => {
      if (!perPeer(stream, { peer: connection.remotePeer.toString(), most })) return;
      gathered(stream);
      return handler(held(stream), connection);
    };
    await libp2p.handle(protocol, handle, { ...options, force: true });
  }
}

interface OfPeer {
  readonly peer: string;
  readonly most: number;
}

/** Answers false for a stream that is one too many, and resets it. */
function countPeers(): (stream: Stream, of: OfPeer) => boolean {
  const open = new Map<string, number>();
  function leave(peer: string): void {
    const left = (open.get(peer) ?? 0) - 1;
    if (left > 0) open.set(peer, left);
    else open.delete(peer);
  }
  return (stream, { peer, most }) => {
    const now = open.get(peer) ?? 0;
    if (now >= most) {
      stream.abort(new Error('This peer has too many streams open'));
      return false;
    }
    open.set(peer, now + 1);
    whenOver(stream, () => leave(peer));
    return true;
  };
}

function boundGathered({ partialBytes }: StreamBounds): (stream: Stream) => void {
  /** In the order in which something came on them last. */
  const partial = new Map<Stream, number>();
  let total = 0;
  function set(stream: Stream, bytes: number): void {
    total += bytes - (partial.get(stream) ?? 0);
    partial.delete(stream);
    if (bytes > 0) partial.set(stream, bytes);
  }
  return (stream) => {
    const unfinished = partialFrame();
    stream.addEventListener('message', ({ data }) => {
      set(stream, unfinished(data instanceof Uint8Array ? [data] : data));
      for (const [stalest] of partial) {
        if (total <= partialBytes) break;
        set(stalest, 0);
        stalest.abort(new Error('Too much is gathered on all streams, and on this one nothing goes on'));
      }
    });
    whenOver(stream, () => set(stream, 0));
  };
}

function whenOver(stream: Stream, over: () => void): void {
  if (stream.status === 'open') stream.addEventListener('close', over, { once: true });
  else over();
}

/**
 * Watches messages that each follow their length (unsigned varint): answers how many bytes have come of the one that
 * is not whole yet.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const unfinished = partialFrame();
 * assert.equal(unfinished([new Uint8Array([2, 7, 7, 3, 7])]), 1);
 * assert.equal(unfinished([new Uint8Array([7, 7])]), 0);
 * ```
 */
export function partialFrame(): (chunks: Iterable<Uint8Array>) => number {
  let here = 0;
  let rest = 0;
  /** What one digit more of the length is worth. */
  let digit = 1;
  return (chunks) => {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const some = Math.min(rest, chunk.length - at);
        if (digit === 1 && some > 0) {
          at += some;
          rest -= some;
          here += some;
          if (rest === 0) here = 0;
          continue;
        }
        const byte = chunk[at++] ?? 0;
        rest += (byte & 0x7f) * digit;
        digit = byte & 0x80 ? digit * 0x80 : 1;
      }
    }
    return here;
  };
}

function held(stream: Stream): Stream {
  const close = stream.close.bind(stream);
  stream.close = async (options) => {
    if (stream.remoteWriteStatus !== 'writable') await close(options);
  };
  stream.addEventListener('remoteCloseWrite', () => {
    close().catch((error: Error) => stream.abort(error));
  });
  return stream;
}
