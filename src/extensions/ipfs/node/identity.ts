import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { failures } from '../../../lib/errors.ts';
import { errors } from '../errors.ts';

const fail = failures(errors);

/**
 * The key that this engine is known by, from a file in the form that libp2p defines (and upstream's engine writes);
 * made on first use, readable by its owner alone. Throws `IPFS_IDENTITY` when the file holds anything else: a lost
 * identity is not replaced unasked.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-`);
 * const made = await identityIn(`${folder.path}/keypair`);
 * const read = await identityIn(`${folder.path}/keypair`);
 * assert.ok(made.equals(read));
 * ```
 */
export async function identityIn(path: string): Promise<Ed25519PrivateKey> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw fail('IPFS_IDENTITY', { path }, error);
  });
  if (bytes === undefined) return make(path);
  let key: ReturnType<typeof privateKeyFromProtobuf>;
  try {
    key = privateKeyFromProtobuf(bytes);
  } catch (error) {
    throw fail('IPFS_IDENTITY', { path }, error);
  }
  if (key.type !== 'Ed25519') throw fail('IPFS_IDENTITY', { path, type: key.type });
  return key;
}

/** On the disk before anybody hears of it, and never half. */
async function make(path: string): Promise<Ed25519PrivateKey> {
  const key = await generateKeyPair('Ed25519');
  const draft = join(dirname(path), `.keypair-${randomBytes(6).toString('hex')}`);
  try {
    await using file = await open(draft, 'wx', 0o600);
    await file.writeFile(privateKeyToProtobuf(key));
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    throw fail('IPFS_IDENTITY', { path }, error);
  }
  return key;
}
