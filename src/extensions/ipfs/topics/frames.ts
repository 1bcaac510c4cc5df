/**
 * What gossipsub sends to one peer in one turn of the event loop, sent together: every frame that is sent alone costs
 * a frame of the multiplexer, one of the encryption and a system call on each side, and a notice of the space that it
 * left.
 *
 * @module
 */

/** Bytes in one piece or several. */
interface Pieces {
  readonly byteLength: number;
  subarray(): Uint8Array;
}

/** The stream to one peer, as gossipsub keeps it. */
export interface Outbound {
  readonly rawStream: { send(data: Pieces): unknown };
  /** Takes frames with their lengths before them. Throws when the stream is gone or full. */
  pushPrefixed(frame: Pieces): void;
}

/** Bytes that are sent at once: what is larger has nothing to gain. */
const ENOUGH = 32_768;
/** Milliseconds that a frame waits at most for others while this thread does not end its turn. */
const LATEST_MS = 1;

/** Disposal sends what waits, and leaves the streams as they were. */
export interface Gathering extends Disposable {
  /** Sends what waits, at once. */
  flush(): void;
}

interface Waiting {
  readonly frames: Pieces[];
  bytes: number;
  readonly since: number;
}

/**
 * Gathers the frames of these streams, and of those that are put into the map later. `lost` hears of frames that could
 * not be sent: the stream has ended meanwhile, or holds more than it may.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const sent: number[] = [];
 * const stream: Outbound = {
 *   rawStream: { send: (data) => sent.push(data.byteLength) },
 *   pushPrefixed: (frame) => void sent.push(frame.byteLength),
 * };
 * const streams = new Map<string, Outbound>();
 * const gathering = gatherFrames(streams, () => {});
 * streams.set('12D3KooWA', stream);
 * for (let n = 0; n < 3; n++) streams.get('12D3KooWA')?.pushPrefixed(new Uint8Array(10));
 * gathering[Symbol.dispose]();
 * stream.pushPrefixed(new Uint8Array(7));
 * assert.deepEqual(sent, [30, 7]);
 * ```
 */
export function gatherFrames(
  streams: Map<string, Outbound>,
  lost: (peer: string, error: unknown) => void,
): Gathering {
  const waiting = new Map<string, Waiting>();
  const given = new Map<Outbound, Outbound['pushPrefixed']>();
  let scheduled = false;

  function send(peer: string, stream: Outbound | undefined): void {
    const { frames = [] } = waiting.get(peer) ?? {};
    waiting.delete(peer);
    const [first] = frames;
    if (!first || !stream) return;
    try {
      const all = frames.length === 1 ? first : Buffer.concat(frames.map((frame) => frame.subarray()));
      stream.rawStream.send(all);
    } catch (error) {
      lost(peer, error);
    }
  }

  function flush(): void {
    for (const peer of [...waiting.keys()]) send(peer, streams.get(peer));
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush();
    });
  }

  function gather(peer: string, stream: Outbound): void {
    given.set(stream, stream.pushPrefixed);
    stream.pushPrefixed = (frame) => {
      const now = performance.now();
      const these = waiting.getOrInsertComputed(peer, () => ({ frames: [], bytes: 0, since: now }));
      these.frames.push(frame);
      these.bytes += frame.byteLength;
      if (these.bytes >= ENOUGH || now - these.since >= LATEST_MS) send(peer, stream);
      else schedule();
    };
  }

  for (const [peer, stream] of streams) gather(peer, stream);
  streams.set = (peer, stream) => {
    // What waited for a stream that was replaced is lost with it.
    waiting.delete(peer);
    gather(peer, stream);
    return Map.prototype.set.call(streams, peer, stream) as typeof streams;
  };
  streams.delete = (peer) => {
    const stream = streams.get(peer);
    if (stream) given.delete(stream);
    waiting.delete(peer);
    return Map.prototype.delete.call(streams, peer) as boolean;
  };
  return {
    flush,
    [Symbol.dispose]() {
      flush();
      Reflect.deleteProperty(streams, 'set');
      Reflect.deleteProperty(streams, 'delete');
      for (const [stream, pushPrefixed] of given) stream.pushPrefixed = pushPrefixed;
    },
  };
}
