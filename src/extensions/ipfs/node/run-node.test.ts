import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClock } from '../../../lib/clock.ts';
import { type Collector, createCollector } from '../../../telemetry/collector.ts';
import { parseConfig } from '../config.ts';
import { until } from '../fixtures/until.ts';
import { createPeersPart, type Peers } from './peers.ts';
import { type RunningNode, runNode } from './run-node.ts';

const ANN = '12D3KooWGRUWpRxLdUpNd3UyTEnjcaZBkLFhK6Z2Ym4wKcZCg4Vd';
const LONG = { timeout: 60_000 };

interface Ran extends AsyncDisposable {
  readonly node: RunningNode;
  readonly log: Collector;
  peers(): Promise<Peers>;
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
}

async function run(folder: string, config: Readonly<Record<string, unknown>> = {}): Promise<Ran> {
  const log = createCollector();
  const deps = { clock: createClock(), log, count: () => undefined, tell: () => undefined };
  const options = { folder, config: parseConfig({ retrySeconds: 1, ...config }), parts: [createPeersPart] };
  const node = await runNode(options, deps);
  const call: Ran['call'] = (method, ...args) =>
    node.call(method, { app: 'shop', signal: new AbortController().signal }, args);
  return {
    node,
    log,
    call,
    peers: async () => (await call('node.peers')) as Peers,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

async function homes(): Promise<AsyncDisposable & { readonly a: string; readonly b: string }> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hermes-ipfs-'));
  const dispose = (): Promise<void> => folder.remove();
  return { a: join(folder.path, 'a'), b: join(folder.path, 'b'), [Symbol.asyncDispose]: dispose };
}

const connectedTo = async ({ peers }: Ran, other: Ran): Promise<boolean> =>
  (await peers()).connected.some(({ peer }) => peer === other.node.peer);

test('a restart keeps who the node is, where, whom it knows and whom it refuses', LONG, async () => {
  await using home = await homes();
  await using b = await run(home.b);
  const before = await run(home.a, { bootstrap: b.node.addresses });
  await until(() => connectedTo(before, b));
  await before.call('node.deny', ANN);
  assert.equal(await before.call('node.evict', ANN), true);
  const { peer, addresses } = before.node;
  await before[Symbol.asyncDispose]();

  await using after = await run(home.a);
  assert.deepEqual([after.node.peer, after.node.addresses], [peer, addresses]);
  assert.deepEqual(
    (await after.peers()).denied.map((each) => [each.peer, each.reason]),
    [[ANN, 'the operator said so (hermes peers --deny)']],
  );
  assert.equal(await after.call('node.evict', ANN), false, 'it was before');
  await until(() => connectedTo(after, b));
  assert.equal(after.log.find('Connected to bootstrap node').length, 0, 'nobody told it where to go');
});

test('a port that is taken costs the port, not the node', LONG, async () => {
  await using home = await homes();
  const first = await run(home.a);
  const [kept] = first.node.addresses;
  await first[Symbol.asyncDispose]();
  const port = Number(/\/tcp\/(\d+)\//.exec(kept ?? '')?.[1]);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  for (const config of [{}, { port }]) {
    await using other = await run(home.a, config);
    assert.equal(other.node.addresses.length, 1);
    assert.notEqual(other.node.addresses[0], kept);
    const [line] = other.log.find(
      'Port of the IPFS node is taken, another is used: say ipfs.port to choose one',
    );
    assert.equal(line?.fields['taken'], port);
  }
  server.close();
  await once(server, 'close');
  await using again = await run(home.a);
  assert.equal(again.node.addresses[0], kept, 'it is the one that others were told');
});

test('a node that cannot listen can dial', LONG, async () => {
  await using home = await homes();
  await using b = await run(home.b);
  // An address for documentation: no machine has it.
  await using a = await run(home.a, { listen: ['203.0.113.9'], bootstrap: b.node.addresses });
  assert.deepEqual(a.node.addresses, []);
  const message = 'IPFS node cannot listen, nobody can dial it: correct ipfs.listen and ipfs.port';
  assert.equal(a.log.find(message).length, 1);
  await until(() => connectedTo(a, b));
});

test('several addresses have one port', LONG, async () => {
  await using home = await homes();
  await using a = await run(home.a, { listen: ['127.0.0.1', '127.0.0.2'] });
  const ports = a.node.addresses.map((address) => /\/tcp\/(\d+)\//.exec(address)?.[1]);
  assert.equal(ports.length, 2);
  assert.equal(ports[0], ports[1]);
});

test('a dead bootstrap node is dialled again, and given up only when told so', LONG, async () => {
  await using home = await homes();
  const bootstrap = [`/ip4/127.0.0.1/tcp/1/p2p/${ANN}`];
  await using a = await run(home.a, { bootstrap, maxRetries: 3 });
  const givenUp = 'Bootstrap node is given up: correct ipfs.bootstrap, or set ipfs.maxRetries to 0';
  await until(() => a.log.find(givenUp).length === 1);
  const vain = 'Bootstrap node does not answer, it is dialled again: check ipfs.bootstrap if it stays so';
  assert.deepEqual(
    a.log.find(vain).map(({ fields }) => fields['vain']),
    [1, 2],
  );
});

test('a bootstrap node whose peer id is none costs nothing but itself', LONG, async () => {
  await using home = await homes();
  await using b = await run(home.b);
  const nonsense = `/ip4/127.0.0.1/tcp/1/p2p/16Uiu2HA${'z'.repeat(46)}`;
  await using a = await run(home.a, { bootstrap: [nonsense, ...b.node.addresses] });
  const said = 'Bootstrap node is left out, its peer id is none: correct ipfs.bootstrap';
  assert.equal(a.log.find(said).length, 1);
  await until(() => a.log.find('Connected to bootstrap node').length === 1);
});

test('a bootstrap node that comes later, or again, is found', LONG, async () => {
  await using home = await homes();
  const first = await run(home.b);
  const bootstrap = first.node.addresses;
  await first[Symbol.asyncDispose]();
  await using a = await run(home.a, { bootstrap });
  const vain = 'Bootstrap node does not answer, it is dialled again: check ipfs.bootstrap if it stays so';
  await until(() => a.log.find(vain).length > 0);
  const second = await run(home.b);
  await until(() => connectedTo(a, second));
  await second[Symbol.asyncDispose]();
  await until(async () => (await a.peers()).connected.length === 0);
  await using third = await run(home.b);
  await until(() => connectedTo(a, third));
});

test('engines that know one engine find each other, and stay together without it', LONG, async () => {
  await using home = await homes();
  const hub = await run(home.a);
  const bootstrap = hub.node.addresses;
  await using b = await run(home.b, { bootstrap });
  await using c = await run(`${home.b}-c`, { bootstrap });
  await until(() => connectedTo(b, c));
  await hub[Symbol.asyncDispose]();
  await until(async () => (await b.peers()).connected.every(({ peer }) => peer !== hub.node.peer));
  assert.equal(await connectedTo(c, b), true);
});

test('who is denied loses its connections and does not come back until it is allowed', LONG, async () => {
  await using home = await homes();
  await using b = await run(home.b);
  await using a = await run(home.a, { bootstrap: b.node.addresses });
  await until(() => connectedTo(a, b));
  assert.equal(await b.call('node.deny', a.node.peer), true);
  await until(async () => !(await connectedTo(b, a)));
  const ended = 'Bootstrap node ends connections at once: it may refuse this engine, ask its operator';
  await until(() => a.log.find(ended).length > 0);
  assert.equal(await connectedTo(b, a), false);
  assert.equal(await b.call('node.allow', a.node.peer), true);
  await until(() => connectedTo(b, a));
});

test('a peer that the configuration denies gets nowhere, and hears why', LONG, async () => {
  await using home = await homes();
  const known = await run(home.b);
  await known[Symbol.asyncDispose]();
  await using a = await run(home.a, { deny: [known.node.peer] });
  await using b = await run(home.b, { bootstrap: a.node.addresses });
  const ended = 'Bootstrap node ends connections at once: it may refuse this engine, ask its operator';
  await until(() => b.log.find(ended).length > 1);
  assert.equal(await a.call('node.allow', b.node.peer), false, 'the configuration says otherwise');
  const { connected, denied } = await a.peers();
  assert.deepEqual(connected, []);
  assert.equal(a.node.gauges().denied, denied.length);
  assert.equal(denied[0]?.reason, 'the configuration says so (ipfs.deny)');
});

test('a private network is one: nobody without the key gets in', LONG, async () => {
  await using home = await homes();
  const key = (name: string): string => `${home.a}-${name}.key`;
  const text = (): string => `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`;
  for (const name of ['ours', 'theirs']) await writeFile(key(name), text());
  await using a = await run(home.a, { privateNetworkKey: key('ours') });
  const bootstrap = a.node.addresses;
  await using b = await run(home.b, { bootstrap, privateNetworkKey: key('ours') });
  await using c = await run(`${home.b}-c`, { bootstrap, privateNetworkKey: key('theirs') });
  await using d = await run(`${home.b}-d`, { bootstrap });
  await until(() => connectedTo(a, b));
  const vain = 'Bootstrap node does not answer, it is dialled again: check ipfs.bootstrap if it stays so';
  await until(() => [c, d].every(({ log }) => log.find(vain).length > 0));
  assert.deepEqual(
    (await a.peers()).connected.map(({ peer }) => peer),
    [b.node.peer],
  );
});

test('keys that cannot be read are told, and nothing is made in their place', LONG, async () => {
  await using home = await homes();
  const wrong = `${home.a}-wrong`;
  await writeFile(wrong, 'secret');
  await assert.rejects(run(home.a, { privateNetworkKey: wrong }), { code: 'IPFS_NETWORK_KEY' });
  await assert.rejects(run(home.a, { privateNetworkKey: `${wrong}-not-there` }), {
    code: 'IPFS_NETWORK_KEY',
  });
  await using _ = await run(home.b);
  const broken = await homes();
  await using __ = broken;
  const made = await run(broken.a);
  await made[Symbol.asyncDispose]();
  await writeFile(join(broken.a, 'keypair'), 'secret');
  await assert.rejects(run(broken.a), { code: 'IPFS_IDENTITY' });
});

test('a method that no part has is refused', LONG, async () => {
  await using home = await homes();
  await using a = await run(home.a);
  for (const method of ['node.toString', 'nodes.id', 'node', ''])
    await assert.rejects(a.call(method), { code: 'IPFS_CALL' });
  assert.equal(await a.call('node.id'), a.node.peer);
  assert.ok(a.node.gauges().storeBytes > 0);
});

test('an application can evict only so many peers', LONG, async () => {
  await using home = await homes();
  await using a = await run(home.a);
  for (let n = 0; n < 10_000; n++) await a.call('node.evict', `peer-${n}`);
  await assert.rejects(a.call('node.evict', ANN), { code: 'IPFS_EVICTIONS' });
  assert.equal(await a.call('node.evict', 'peer-7'), false);
});
