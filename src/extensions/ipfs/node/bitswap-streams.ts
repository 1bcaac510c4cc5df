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

/**
 * Keeps streams open on which others ask for blocks. Helia closes its half of them at once, because it answers on
 * streams of its own; peers who do not write in JavaScript may take that for the end of the whole stream, and ask no
 * more (smoldot does). Here it is closed when the other side has said all that it wants. (`libp2p.use` would be the
 * place, but with it every stream is given to as many handlers as there were streams.)
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
export async function keepBitswapStreams(libp2p: Libp2p): Promise<void> {
  const { registrar } = (libp2p as unknown as { readonly components: { readonly registrar: Registrar } })
    .components;
  const spoken = new Set(libp2p.getProtocols());
  for (const protocol of PROTOCOLS.filter((each) => spoken.has(each))) {
    const { handler, options } = registrar.getHandler(protocol);
    await libp2p.handle(protocol, (stream, connection) => handler(held(stream), connection), {
      ...options,
      force: true,
    });
  }
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
