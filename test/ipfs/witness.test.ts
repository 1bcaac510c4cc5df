/**
 * Programs with a libp2p that is not ours speak to our node: smoldot, written in Rust. It runs in a thread, as
 * WebAssembly, and has a network of its own.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { PeerId } from '@libp2p/interface';
import { createFilesPart } from '../../src/extensions/ipfs/files/node-part.ts';
import { connect, startNode, type TestNode, until } from '../../src/extensions/ipfs/fixtures/network.ts';
import { untilKnown } from '../../src/extensions/ipfs/fixtures/records.ts';
import { witnessChain } from './fixtures/witness-chain.ts';
import { startWitness } from './fixtures/witness-thread.ts';

const timeout = 120_000;

/** A peer that says of itself that it is smoldot. */
async function smoldotAt({ node: { libp2p } }: TestNode, other: PeerId): Promise<PeerId | undefined> {
  const connection = libp2p.getConnections().find(({ remotePeer }) => !remotePeer.equals(other));
  if (!connection) return undefined;
  const { agentVersion } = await libp2p.services.identify.identify(connection);
  return agentVersion?.startsWith('smoldot') ? connection.remotePeer : undefined;
}

test('smoldot shakes hands, names itself, pings, finds another node through ours and fetches a block', {
  timeout,
}, async (t) => {
  await using stack = new AsyncDisposableStack();
  const { dhtProtocol } = witnessChain([]);
  const options = { parts: [createFilesPart()], dht: { protocol: dhtProtocol } };
  const known = stack.use(await startNode(options));
  const other = stack.use(await startNode({ ...options, address: '127.0.0.2' }));
  await connect(other, known);
  await untilKnown([known, other]);
  const bytes = new Uint8Array(randomBytes(50_000));
  const { path } = (await known.call('files.add', [bytes], { app: 'shop' })) as { readonly path: string };

  const { log, ask } = stack.use(startWitness(witnessChain(known.addresses.map(String)).spec));

  let witness: PeerId | undefined;
  await until(async () => {
    // It may end a connection and begin another.
    witness ??= await smoldotAt(known, other.node.libp2p.peerId).catch(() => undefined);
    return witness !== undefined;
  });
  const { ping } = known.node.libp2p.services;
  // One ping at a time: the node asks by itself now and then.
  await until(() => ping.ping(witness as PeerId).then(Number.isFinite, () => false));
  const says = (pattern: RegExp): boolean => log.some((line) => pattern.test(line));
  await until(() => says(new RegExp(`^pong; peer_id=${known.peerId}`)));

  // It was told of one only.
  await until(() => says(new RegExp(`^handshake-finished; .*peer_id=${other.peerId}`)));

  // It lets go of peers that do not speak of its chain, and takes them again: until then it has nobody to ask.
  let requests = 0;
  let result: unknown;
  await until(async () => {
    requests += 1;
    ({ result } = await ask('bitswap_unstable_get', [path.slice('/ipfs/'.length)]));
    return result !== undefined;
  });
  assert.equal(result, `0x${Buffer.from(bytes).toString('hex')}`);
  t.diagnostic(`${requests} requests for the block; ${log.length} lines of its log`);
  assert.deepEqual([known.deny.list(), other.deny.list()], [[], []]);
});
