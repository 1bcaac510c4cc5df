import { readFile } from 'node:fs/promises';
import { failures } from '../../../lib/errors.ts';
import type { IpfsConfig } from '../config.ts';
import { errors } from '../errors.ts';
import { createFilesPart } from '../files/node-part.ts';
import { type SigningKey, signingKeyFrom } from '../message/signing-key.ts';
import { dhtHooks } from '../records/hooks.ts';
import { createRecordsPart } from '../records/node-part.ts';
import { createTopics } from '../topics/node-part.ts';
import { createPeersPart } from './peers.ts';
import type { RunOptions } from './run-node.ts';

const fail = failures(errors);

/**
 * The parts of the node as the configuration wants them, and what they give to libp2p. Rejects with
 * `IPFS_SIGNING_KEY` when an application's key cannot be used.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parseConfig } from '../config.ts';
 * const { parts, hooks } = await allParts(parseConfig(undefined));
 * assert.deepEqual([parts.length, Object.keys(hooks ?? {})], [4, ['gossip', 'dht']]);
 * await assert.rejects(allParts(parseConfig({ keys: { shop: '/nowhere' } })), { code: 'IPFS_SIGNING_KEY' });
 * ```
 */
export async function allParts(config: IpfsConfig): Promise<Pick<RunOptions, 'hooks' | 'parts'>> {
  const { limits } = config;
  const keys = new Map(
    await Promise.all(
      Object.entries(config.keys).map(async ([app, path]) => [app, await readKey(path)] as const),
    ),
  );
  const topics = createTopics({ limits, topics: config.topics, key: (app) => keys.get(app) });
  const records = createRecordsPart({
    keys,
    limits: { perApp: limits.records, foreignBytes: limits.foreignRecordBytes },
  });
  const { fileBytes, pinnedBytes, storeBytes, heapMb } = limits;
  // An eighth of what the thread has: the libraries need some for each block, and messages and records theirs.
  const workBytes = heapMb * 131_072;
  const files = createFilesPart({ fileBytes, pinnedBytes, storeBytes, workBytes });
  return {
    hooks: { gossip: topics.gossip, dht: dhtHooks() },
    parts: [createPeersPart, topics.create, records, files],
  };
}

async function readKey(path: string): Promise<SigningKey> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    throw fail('IPFS_SIGNING_KEY', { path }, error);
  }
  return signingKeyFrom(pem, path);
}
