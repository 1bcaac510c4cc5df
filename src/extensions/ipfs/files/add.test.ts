import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBlockstore } from 'blockstore-core';
import fc from 'fast-check';
import type { CID } from 'multiformats/cid';
import { count, seed } from '../../../../test/count.ts';
import { addFile } from './add.ts';
import { content } from './content.ts';
import { openOffline } from './fixtures/offline.ts';
import { openNode } from './tree.ts';

const cidOf = async (bytes: Uint8Array) => `${await addFile({ put: async (cid: CID) => cid }, bytes)}`;

test('a small file has the CID that kubo gives it', async () => {
  // What `ipfs add --cid-version 1` answers, from kubo's own tests and documentation.
  const known = {
    '': 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    'hello\n': 'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am',
    'hello world': 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
  };
  for (const [text, cid] of Object.entries(known)) assert.equal(await cidOf(Buffer.from(text)), cid, text);
});

/** The library that writes files for others, told kubo's numbers. Its types contradict each other, so it comes without. */
async function byTheLibrary(bytes: Uint8Array): Promise<string> {
  const name: string = '@helia/unixfs';
  const { unixfs } = await import(name);
  const chunker = async function* () {
    for (let at = 0; at === 0 || at < bytes.length; at += 262_144) yield bytes.subarray(at, at + 262_144);
  };
  const layout = async (source: AsyncIterable<unknown>, reduce: (nodes: unknown[]) => Promise<unknown>) => {
    let level = await Array.fromAsync(source);
    do {
      const above: unknown[] = [];
      for (let at = 0; at < level.length; at += 174) above.push(await reduce(level.slice(at, at + 174)));
      level = above;
    } while (level.length > 1);
    return level[0];
  };
  const files = unixfs({ blockstore: new MemoryBlockstore() });
  return `${await files.addBytes(bytes, { cidVersion: 1, rawLeaves: true, chunker, layout })}`;
}

const CHUNK = 262_144;

test('a file of any size has the CID that others give it', async () => {
  const sizes = [1, CHUNK - 1, CHUNK, CHUNK + 1, 10 * CHUNK, 174 * CHUNK, 174 * CHUNK + 1, 350 * CHUNK];
  for (const size of sizes) {
    const bytes = Buffer.alloc(size, `${size}`);
    assert.equal(await cidOf(bytes), await byTheLibrary(bytes), `${size} bytes`);
  }
});

test('what was added is read again, whole and in any part', async () => {
  using offline = openOffline();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 3 * CHUNK }),
      fc.nat(4 * CHUNK),
      fc.nat(4 * CHUNK),
      async (size, start, length) => {
        using work = offline.work();
        const bytes = Buffer.alloc(size, 'abcdefg');
        const node = await openNode(work, await addFile(work, bytes));
        assert.ok(node.kind === 'file');
        assert.equal(node.size, size);
        const end = start + length;
        const parts = await Array.fromAsync(content(work, node, { start, end }));
        assert.ok(Buffer.concat(parts).equals(bytes.subarray(start, end)));
      },
    ),
    { numRuns: count(5_000), seed },
  );
});
