/** A module reads files of other engines below `/ipfs`, as it reads any others. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { folder, leaf } from '../../src/extensions/ipfs/files/fixtures/dags.ts';
import { createFilesPart } from '../../src/extensions/ipfs/files/node-part.ts';
import { startNode, type TestNode } from '../../src/extensions/ipfs/fixtures/network.ts';
import { until } from '../../src/extensions/ipfs/fixtures/until.ts';
import { createNode, type Node } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { ask as request } from '../e2e/support.ts';
import { guest } from '../guests/build.ts';
import { moduleGuest } from '../guests/module.ts';

type Step = readonly [what: string, path: string];

async function ask(node: Node, app: string, steps: readonly Step[]): Promise<readonly unknown[]> {
  const service = node.services.get('http-gateway');
  assert.ok(service && isHttpGateway(service));
  const at = { port: service.port, host: `${app}.localhost`, method: 'POST', path: '/api' };
  const answer = await request(at, { body: steps });
  assert.equal(answer.status, 200, answer.text);
  return answer.json as readonly unknown[];
}

async function text(node: Node, app: string, body: string): Promise<string> {
  const service = node.services.get('http-gateway');
  assert.ok(service && isHttpGateway(service));
  const { port } = service;
  return (await request({ port, host: `${app}.localhost`, method: 'POST', path: '/api' }, { body })).text;
}

/** What the other engine has: a large file, and a folder with a small one. */
const bytes = randomBytes(10 * 1_048_576);
const readme = leaf('read me');
const root = folder([['readme', readme.cid]]);
let other: TestNode;
let large: { readonly path: string };
before(async () => {
  other = await startNode({ address: '127.0.0.2', parts: [createFilesPart()] });
  large = (await other.call('files.add', [bytes], { app: 'x' })) as { path: string };
  for (const { cid, bytes } of [readme, root]) await other.node.store.blockstore.put(cid, bytes);
});
after(() => other[Symbol.asyncDispose]());

for (const workers of [0, 2]) {
  test(`a module reads /ipfs from another engine, with ${workers} workers`, {
    timeout: 120_000,
  }, async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-ipfs-files-'));
    const config = {
      'http-gateway': { port: 0, listen: ['127.0.0.1'] },
      pool: { workers },
      ipfs: { bootstrap: other.addresses.map(String), retrySeconds: 1, limits: { callSeconds: 8 } },
    };
    const log = createCollector();
    await using node = await createNode({ home: home.path, config, log });
    const components = [{ name: 'files', bytes: await moduleGuest('ipfs-files/ts') }];
    await node.run(applicationOf({ name: 'notes', components, vfs: createMemoryVfs({}) }));
    const plain = [{ name: 'files', bytes: await moduleGuest('whole-files/ts') }];
    await node.run(applicationOf({ name: 'plain', components: plain, vfs: createMemoryVfs({}) }));
    await until(() => node.metrics.value('hermes_ipfs_peers') === 1);

    const [added] = await ask(node, 'notes', [['add', 'of this engine']]);
    const expected: readonly (readonly [Step, unknown])[] = [
      [['length', large.path], bytes.byteLength],
      [['end', large.path], [...bytes.subarray(-8)]],
      [['text', `/ipfs/${root.cid}/readme`], 'read me'],
      [['list', `/ipfs/${root.cid}`], ['readme']],
      [['list', '/ipfs'], []],
      [
        ['list', '/'],
        ['etc/', 'ipfs/', 'tmp/', 'var/'],
      ],
      [['text', String(added)], 'of this engine'],
      [['text', `/ipfs/${root.cid}/nothing`], null],
      [['text', '/ipfs/hello'], null],
      [['write', `/ipfs/${root.cid}/new`], 'read-only'],
      [['write', '/var/own'], null],
      [['text', '/var/own'], 'new'],
    ];
    const said = await ask(
      node,
      'notes',
      expected.map(([step]) => step),
    );
    for (const [at, [step, answer]] of expected.entries()) assert.deepEqual(said[at], answer, step.join(' '));
    const c = [{ name: 'files', bytes: await guest('c-ipfs') }];
    await node.run(applicationOf({ name: 'libc', components: c, vfs: createMemoryVfs({}) }));
    const byC: readonly (readonly [path: string, said: string])[] = [
      [`/ipfs/${root.cid}/readme`, 'file 7|read me|opendir errno 54'],
      [`/ipfs/${root.cid}`, 'dir 0||. .. readme '],
      [`/ipfs/${root.cid}/readme/../readme`, 'stat errno 54|open errno 54|opendir errno 54'],
      [`/ipfs/${root.cid}/../${root.cid}/readme`, 'file 7|read me|opendir errno 54'],
      [`/ipfs/${root.cid}/nothing`, 'stat errno 44|open errno 44|opendir errno 44'],
      ['/ipfs', 'dir 0||. .. '],
    ];
    for (const [path, answer] of byC) assert.equal(await text(node, 'libc', path), answer, path);
    // A module that does not use the extension sees none of it.
    assert.deepEqual(
      await ask(node, 'plain', [
        ['list', '/'],
        ['readText', large.path],
      ]),
      [['etc/', 'tmp/', 'var/'], null],
    );
    if (workers > 0) return;
    // Nobody has it: the call's time is over, and the guest goes on.
    const lost = await ask(node, 'notes', [
      ['text', `/ipfs/${leaf('lost').cid}`],
      ['text', '/var/own'],
    ]);
    assert.deepEqual(lost, ['io', 'new']);
    assert.equal(log.find('A file below /ipfs cannot be read').length, 1);
  });
}
