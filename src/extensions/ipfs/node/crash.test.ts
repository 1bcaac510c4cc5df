import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { count } from '../../../../test/count.ts';
import { createClock } from '../../../lib/clock.ts';
import { createCollector } from '../../../telemetry/collector.ts';
import { parseConfig } from '../config.ts';
import { allParts } from './parts.ts';
import { type RunningNode, runNode } from './run-node.ts';

/** One line of the child. */
type Said = Readonly<Record<string, string | number>>;

/** Starts the child, kills it when it has said so many lines, and answers all that it said by then. */
async function writeAndKill(folder: string, lines: number): Promise<readonly Said[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/writing-child.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const said: Said[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(JSON.parse(line));
    if (said.length === lines) child.kill('SIGKILL');
  }
  await gone;
  return said;
}

async function check(node: RunningNode, said: readonly Said[]): Promise<void> {
  const call = (method: string, ...args: readonly unknown[]): Promise<unknown> =>
    node.call(method, { app: 'shop', signal: new AbortController().signal }, args);
  const answer = async (method: string, ...args: readonly unknown[]): Promise<Buffer> => {
    const value = (await call(method, ...args)) as { readonly value: unknown };
    return Buffer.from((value instanceof Uint8Array ? value : value.value) as Uint8Array);
  };
  const pins = (await call('files.pins')) as readonly { readonly cid: string }[];
  for (const { path, hash, length, key, value, evicted } of said) {
    if (path !== undefined) {
      const bytes = await answer('files.get', path);
      assert.deepEqual([bytes.length, bytes.subarray(0, 16).toString('hex')], [length, hash]);
      assert.ok(
        pins.some(({ cid }) => path === `/ipfs/${cid}`),
        'and is pinned',
      );
    }
    if (key !== undefined) {
      const place = { namespace: 'shop', key: Buffer.from(String(key)) };
      assert.equal((await answer('records.get', place)).toString('hex'), value);
    }
    if (evicted !== undefined) assert.equal(await call('node.evict', evicted), false);
  }
}

test('a node that is killed has all that it acknowledged', { timeout: 300_000 }, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-ipfs-'));
  const config = parseConfig({});
  let peer: unknown;
  let port: unknown;
  for (let round = 0; round < count(300); round++) {
    const said = await writeAndKill(folder.path, 20 + 7 * round);
    const [first] = said;
    const found = /\/tcp\/(\d+)\//.exec(String(first?.['addresses']))?.[1];
    peer ??= first?.['peer'];
    port ??= found;
    assert.deepEqual([first?.['peer'], found], [peer, port]);
    await using node = await runNode(
      { folder: folder.path, config, ...(await allParts(config)) },
      { clock: createClock(), log: createCollector(), count: () => undefined, tell: () => undefined },
    );
    await check(node, said.slice(1));
  }
});
