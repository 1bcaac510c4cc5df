/** Blocks and messages between an engine and kubo. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../src/extensions/ipfs/fixtures/until.ts';
import { sha256, startEngine } from './fixtures/engines.ts';
import { kuboBinary, startKubo } from './fixtures/kubo.ts';

test('an engine and kubo have files and messages of each other', {
  timeout: 120_000,
  skip: kuboBinary === undefined && 'KUBO_BINARY does not name a kubo',
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-kubo-'));
  await using engine = await startEngine({
    home: join(folder.path, 'engine'),
    ipfs: { topics: { board: { raw: true } } },
  });
  await using kubo = await startKubo(String(kuboBinary));
  await kubo.connect(String(engine.addresses[0]));

  const bytes = randomBytes(1_000_000);
  const path = String(await engine.ask('add', '', bytes));
  assert.equal(sha256(await kubo.cat(path)), sha256(bytes));
  // The same file is called the same.
  assert.equal(`/ipfs/${await kubo.add(bytes)}`, path);
  const others = randomBytes(1_000_000);
  const cid = await kubo.add(others);
  assert.deepEqual(await engine.file(`/ipfs/${cid}`), { bytes: others.length, sha256: sha256(others) });

  await using board = await kubo.subscribe('board');
  await until(async () => {
    await engine.ask('publish', 'board', 'from the engine');
    return board.heard.some(({ from, text }) => from === engine.peer && text === 'from the engine');
  });
  await until(async () => {
    await kubo.publish('board', 'from kubo');
    return engine.heard().some(({ publisher, text }) => publisher === kubo.peer && text === 'from kubo');
  });
});
