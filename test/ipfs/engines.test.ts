/** Whole engines that find each other and share what modules write, as operators run them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../src/extensions/ipfs/fixtures/until.ts';
import { identityOf } from '../../src/extensions/ipfs/index.ts';
import { long } from '../count.ts';
import { type Engine, publishUntilHeard, sha256, startEngine } from './fixtures/engines.ts';

const timeout = 200_000;
const TEN_MB = 10_000_000;

/** Retries what is not there yet: what one engine said has its way to the other. */
async function eventually<T>(run: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  let found: T | undefined;
  await until(async () => {
    found = await run().catch(() => undefined);
    return found !== undefined && fits(found);
  });
  return found as T;
}

/** One that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A message, a record, a name that is provided, and a file, from one engine to the other. */
async function share(from: Engine, to: Engine, name: string): Promise<void> {
  await publishUntilHeard(from, [to], `message ${name}`);
  await from.ask('put', name, `record ${name}`);
  assert.equal(
    await eventually(
      () => to.ask('get', name),
      (value) => value === `record ${name}`,
    ),
    `record ${name}`,
  );
  await from.ask('provide', name);
  const providers = (): Promise<unknown> => to.ask('providers', name);
  await eventually(providers, (found) => (found as readonly string[]).includes(from.peer));
  const bytes = randomBytes(TEN_MB);
  const path = String(await from.ask('add', '', bytes));
  assert.deepEqual(await to.file(path), { bytes: TEN_MB, sha256: sha256(bytes) });
}

test('two engines share messages, records, providers and files, each way, over restarts of either', {
  timeout,
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-engines-'));
  const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
  let b: Engine;
  {
    await using a = await startEngine({ home: one });
    b = await startEngine({ home: two, bootstrap: a.addresses });
    await until(() => [a, b].every((engine) => engine.metric('peers') === 1));
    await share(a, b, 'first');
    await share(b, a, 'second');
  }
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => b[Symbol.asyncDispose]());
  // The first is away. What it had said the other still has; then it comes back to its old address.
  assert.equal(await b.ask('get', 'first'), 'record first');
  await b.ask('put', 'third', 'while it was away');
  const again = stack.use(await startEngine({ home: one }));
  await publishUntilHeard(b, [again], 'are you there');
  await eventually(
    () => again.ask('get', 'third'),
    (value) => value === 'while it was away',
  );
  assert.equal(await again.ask('get', 'first'), 'record first');

  // Now the second, in the middle of a file that it fetches.
  const bytes = randomBytes(TEN_MB);
  const path = String(await again.ask('add', '', bytes));
  const broken = b.file(path).catch(() => undefined);
  await b[Symbol.asyncDispose]();
  await broken;
  // It knows the other from before: nobody tells it where that is.
  b = await startEngine({ home: two });
  await until(() => [again, b].every((engine) => engine.metric('peers') === 1));
  assert.deepEqual(await b.file(path), { bytes: TEN_MB, sha256: sha256(bytes) });
  await publishUntilHeard(again, [b], 'both are back');
});

test('an engine finds another that starts after it', { timeout }, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-engines-'));
  const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
  const port = await freePort();
  const address = `/ip4/127.0.0.1/tcp/${port}/p2p/${await identityOf(one)}`;
  await using first = await startEngine({ home: two, bootstrap: [address] });
  await until(() =>
    first.log.lines.some(({ message }) => message.startsWith('Bootstrap node does not answer')),
  );
  await assert.rejects(first.ask('get', 'nothing'), { message: 'dht-get-error' });
  await using later = await startEngine({ home: one, ipfs: { port } });
  assert.deepEqual(later.addresses, [address]);
  await publishUntilHeard(later, [first], 'here I am');
  await publishUntilHeard(first, [later], 'at last');
});

const MANY = long ? 14 : 4;

test(`${MANY} engines find each other, and one publisher is heard by all`, { timeout }, async (t) => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-engines-')));
  const engines: Engine[] = [];
  for (let n = 0; n < MANY; n++) {
    const home = join(folder.path, String(n));
    engines.push(stack.use(await startEngine({ home, bootstrap: engines[0]?.addresses ?? [] })));
  }
  const started = performance.now();
  // The first one is whom the others were told of.
  const [first, ...others] = engines as [Engine, ...Engine[]];
  await until(() => first.metric('peers') === MANY - 1 && others.every((one) => one.metric('peers') > 0));
  const connected = performance.now() - started;
  await publishUntilHeard(others.at(-1) as Engine, engines.slice(0, -1), 'to all');
  const heard = performance.now() - started;
  t.diagnostic(`all connected ${Math.round(connected)} ms after the start of the last, wanted 10,000`);
  t.diagnostic(`one heard by all ${Math.round(heard)} ms after it`);
  for (const engine of engines) assert.equal(engine.metric('denied_peers'), 0);
});
