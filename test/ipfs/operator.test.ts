import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../src/extensions/ipfs/fixtures/until.ts';
import { createNode, type Node } from '../../src/node.ts';
import { APP, folderOf } from '../../src/package/fixtures/folder.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { hermes, start } from '../e2e/hermes.ts';
import { APP as APP_NAME, startEngine } from './fixtures/engines.ts';

const LONG = { timeout: 120_000 };
const NOBODY = '12D3KooWGRUWpRxLdUpNd3UyTEnjcaZBkLFhK6Z2Ym4wKcZCg4Vd';

/** An application of files only: its engine starts the node because the operator says so. */
const PAGES = { 'application.json': { ...APP, name: 'pages', www: 'www' }, 'www/index.html': '<p>hello' };

/** A home whose engine starts its node at once. */
async function homeIn(folder: string, name: string, ipfs: object = {}): Promise<string> {
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  await writeFile(
    join(home, 'config.json'),
    JSON.stringify({ ipfs: { start: 'always', retrySeconds: 1, ...ipfs } }),
  );
  return home;
}

async function json(
  command: string,
  home: string,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  const { code, out, err } = await hermes([command, '--json', '--home', home, ...args]);
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

const peersOf = async (home: string): Promise<readonly string[]> =>
  ((await json('peers', home))['connected'] as readonly { readonly peer: string }[] | undefined)?.map(
    ({ peer }) => peer,
  ) ?? [];

test('an operator sees peers, and refuses one', LONG, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-operator-'));
  const pages = await folderOf(PAGES);
  const [a, b] = [await homeIn(folder.path, 'a'), await homeIn(folder.path, 'b')];
  await using first = start(['run', pages, '--home', a, '--port', '0']);
  const [, address = ''] = await first.until(/"addresses":\["(\/ip4\/127[^"]+)"\]/);
  await using second = start(['run', pages, '--home', b, '--port', '0'], { IPFS_BOOTSTRAP_PEERS: address });
  await second.until(/"msg":"Connected to bootstrap node"/);

  const me = await json('peers', a);
  assert.deepEqual([me['state'], me['addresses']], ['running', [address]]);
  const [peer = ''] = await peersOf(a);
  const shown = await hermes(['peers', '--home', a]);
  assert.match(shown.out, new RegExp(`^This engine is ${address.split('/p2p/')[1]}$`, 'm'));
  assert.match(shown.out, new RegExp(`^${peer} +inbound +\\d+ \\w+ +.*/ip4/127`, 'm'));
  assert.equal((await hermes(['topics', '--home', a])).out, 'No topic is listened to\n');
  assert.equal((await hermes(['pins', '--home', a])).out, 'Nothing is pinned\n');

  const denied = await hermes(['peers', '--home', a, '--deny', peer]);
  assert.match(denied.out, new RegExp(`^${peer} +\\d+ s ago +the operator said so`, 'm'));
  await until(async () => (await peersOf(a)).length === 0);
  await json('peers', a, '--allow', peer);
  await until(async () => (await peersOf(a)).includes(peer));
});

test('an operator takes a pin from an application, and no other', LONG, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-operator-'));
  const home = join(folder.path, 'home');
  await using engine = await startEngine({ home });
  const cids: string[] = [];
  for (const text of ['first', 'second'])
    cids.push(String(await engine.ask('add', '', text)).slice('/ipfs/'.length));
  const [first = '', second = ''] = cids;
  const remove = (cid: string, app: string): ReturnType<typeof hermes> =>
    hermes(['pins', '--home', home, '--remove', cid, '--app', app]);
  // The application is gone, and what it kept is not.
  await engine.node.unload(APP_NAME);
  for (const [cid, app] of [
    [first, 'nobody'],
    ['bafkqabtimvwgy3yk', APP_NAME],
  ] as const) {
    const { code, err } = await remove(cid, app);
    assert.deepEqual([code, err.startsWith('Error IPFS_PIN_UNKNOWN: ')], [1, true], err);
  }
  const { code, out, err } = await remove(first, APP_NAME);
  assert.equal(code, 0, err);
  assert.match(out, new RegExp(`^${APP_NAME} +${second} +6 B`, 'm'));
  assert.equal(out.includes(first), false);
  assert.deepEqual(
    engine.log.find('The operator removed a pin of an application').map(({ fields }) => fields['cid']),
    [first],
  );
  assert.match((await remove('notacid1', APP_NAME)).err, /^Error IPFS_CID_INVALID: /);
});

test('an engine whose bootstrap nodes are dead serves all the same', LONG, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-operator-'));
  const home = await homeIn(folder.path, 'home');
  const env = { IPFS_BOOTSTRAP_PEERS: `/ip4/127.0.0.1/tcp/1/p2p/${NOBODY}` };
  await using engine = start(['run', await folderOf(PAGES), '--home', home, '--port', '0'], env);
  const [, port] = await engine.until(/^pages runs at \S+:(\d+)\/$/m);
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  assert.deepEqual([answer.status, await answer.text()], [200, '<p>hello']);
  await engine.until(/"msg":"Bootstrap node does not answer, it is dialled again: check ipfs.bootstrap/);
  assert.deepEqual(await peersOf(home), []);
  engine.kill('SIGTERM');
  assert.equal((await engine.ended).code, 0);
});

test('what an operator says wrong is told', LONG, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-operator-'));
  const home = await homeIn(folder.path, 'home', { start: 'never' });
  await using engine = start(['run', await folderOf(PAGES), '--home', home, '--port', '0']);
  await engine.until(/^pages runs at /m);
  assert.equal((await hermes(['peers', '--home', home])).out, 'The IPFS node does not run: off\n');
  assert.deepEqual(await json('pins', home), { state: 'off', pins: [] });
  const form = await hermes(['peers', '--home', home, '--deny', 'ann']);
  assert.deepEqual([form.code, /deny must be a peer id, as "12D3KooW…"/.test(form.err)], [1, true]);
  const off = await hermes(['peers', '--home', home, '--deny', NOBODY]);
  assert.match(off.err, /^Error IPFS_UNAVAILABLE: [\s\S]*ipfs\.start is "never"/);
  const both = await hermes(['peers', '--deny', NOBODY, '--allow', NOBODY]);
  assert.deepEqual([both.code, /exclude each other/.test(both.err)], [2, true]);
  assert.match((await hermes(['pins', 'shop'])).err, /"shop" is one word too many/);
  for (const half of [
    ['--remove', 'bafkqabtimvwgy3yk'],
    ['--app', 'shop'],
  ]) {
    const { code, err } = await hermes(['pins', ...half]);
    assert.deepEqual([code, /--remove <cid> and --app <application> go together/.test(err)], [2, true]);
  }
  const path = await hermes([
    'pins',
    '--home',
    home,
    '--app',
    'shop',
    '--remove',
    '/ipfs/bafkqabtimvwgy3yk/a',
  ]);
  assert.deepEqual([path.code, /remove must be a CID, as "bafk…"/.test(path.err)], [1, true]);
});

test('two engines of one process have two nodes', LONG, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-operator-'));
  const engine = (name: string, bootstrap: readonly string[]): Promise<Node> =>
    createNode({
      home: join(folder.path, name),
      config: { 'http-gateway': { port: 0 }, ipfs: { start: 'always', retrySeconds: 1, bootstrap } },
      log: name === 'a' ? log : createCollector(),
    });
  const log = createCollector();
  await using a = await engine('a', []);
  await until(() => log.find('IPFS node is running').length === 1);
  await using b = await engine(
    'b',
    log.find('IPFS node is running')[0]?.fields['addresses'] as readonly string[],
  );
  await until(() => [a, b].every(({ metrics }) => metrics.value('hermes_ipfs_peers') === 1));
  await b[Symbol.asyncDispose]();
  await until(() => a.metrics.value('hermes_ipfs_peers') === 0);
  assert.equal(a.metrics.value('hermes_ipfs_running'), 1);
});
