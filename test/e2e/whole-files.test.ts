/** What `hermes:guest` has for files, in an engine as people run it. */
import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode } from '../../src/component/decode.ts';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { createNode, type Node } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { moduleGuest } from '../guests/module.ts';
import { ask as request } from './support.ts';

type Step = readonly [what: string, path: string, data?: string];

async function ask(node: Node, steps: readonly Step[]): Promise<readonly unknown[]> {
  const service = node.services.get('http-gateway');
  assert.ok(service && isHttpGateway(service));
  const { port } = service;
  const at = { port, host: 'notes.localhost', method: 'POST', path: '/api' };
  const answer = await request(at, { body: steps });
  assert.equal(answer.status, 200, answer.text);
  return answer.json as readonly unknown[];
}

const FULL = `insufficient-space /var/big Cannot write /var/big: the application has no room left for files; \
remove some, or have the operator raise limits.fileBytes or limits.files`;

for (const workers of [0, 1]) {
  test(`a TypeScript module reads and writes whole files, with ${workers} workers`, async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-whole-files-'));
    const components = [{ name: 'files', bytes: await moduleGuest('whole-files/ts') }];
    const config = {
      'http-gateway': { port: 0, listen: ['127.0.0.1'] },
      pool: { workers },
      apps: { notes: { limits: { fileBytes: 3_000_000 } } },
    };
    await using node = await createNode({ home: home.path, config, log: createCollector() });
    await node.run(applicationOf({ name: 'notes', components, vfs: createMemoryVfs({}) }));
    const expected: readonly (readonly [Step, unknown])[] = [
      [['readFile', '/var/notes/a'], ['nothing']],
      [['readText', '/var/notes/a'], null],
      [['list', '/var/notes'], null],
      [['remove', '/var/notes/a'], false],
      [['writeFile', '/var/notes/2026/a', 'hellö'], null],
      [['readFile', '/var/notes/2026/a'], [...Buffer.from('hellö')]],
      [['writeFile', '/var/notes/2026/a', 'new'], null],
      [['appendFile', '/var/notes/2026/a', ' and more'], null],
      [['appendFile', '/var/notes/log/b', 'first'], null],
      [['readText', '/var/notes/2026/a'], 'new and more'],
      [['list', '/var/notes/2026'], ['a']],
      [
        ['list', '/var/notes'],
        ['2026/', 'log/'],
      ],
      [['fill', '/var/big', '2500000'], null],
      [['length', '/var/big'], 2_500_000],
      [['fill', '/var/big', '2500000'], FULL],
      [['length', '/var/big'], 2_500_000],
      [
        ['list', '/var'],
        ['big', 'notes/'],
      ],
      [
        ['remove', '/var/notes'],
        'not-empty /var/notes Cannot remove /var/notes: the directory is not empty; remove what is in it first',
      ],
      [['remove', '/var/big'], true],
      [['remove', '/var/notes/2026/a'], true],
      [['remove', '/var/notes/2026'], true],
      [
        ['list', '/'],
        ['etc/', 'tmp/', 'var/'],
      ],
    ];
    const said = await ask(
      node,
      expected.map(([step]) => step),
    );
    for (const [index, [step, answer]] of expected.entries())
      assert.deepEqual(said[index], answer, step.join(' '));
    assert.equal(await readFile(join(home.path, 'apps/notes/var/notes/log/b'), 'utf8'), 'first');
    const refused = await ask(node, [
      ['writeFile', '/elsewhere/a', ''],
      ['writeFile', '/lib/a', ''],
      ['writeFile', '/var', ''],
      ['appendFile', '/var/notes', ''],
      ['writeFile', '/var/notes', ''],
      ['readFile', '/var/notes'],
      ['readText', '/../secret'],
      ['list', '/var/notes/log/b'],
      ['remove', '/tmp'],
      ['list', '/var'],
    ]);
    assert.deepEqual(refused, [
      'read-only /elsewhere/a Cannot write /elsewhere/a: it is read-only; write below /tmp, /etc or /var',
      'read-only /lib/a Cannot write /lib/a: it is read-only; write below /tmp, /etc or /var',
      'read-only /var Cannot write /var: it is read-only; write below /tmp, /etc or /var',
      'is-directory /var/notes Cannot append to /var/notes: it is a directory',
      'is-directory /var/notes Cannot write /var/notes: it is a directory',
      'is-directory /var/notes Cannot read /var/notes: it is a directory',
      'not-permitted /../secret Cannot read /../secret: the path leads out of the application, or to what is no file of its own',
      'not-directory /var/notes/log/b Cannot list /var/notes/log/b: it is no directory, or a part of its path is none',
      'busy /tmp Cannot remove /tmp: it is in use, or one of the directories that stay',
      // No draft of what could not be written is left.
      ['notes/'],
    ]);
  });
}

test('a module that uses no files imports none', async () => {
  const faces = async (guest: string) => decode(await moduleGuest(guest)).imports.map(({ name }) => name);
  assert.ok((await faces('whole-files/ts')).some((name) => name.startsWith('wasi:filesystem/preopens')));
  assert.ok(!(await faces('sqlite/ts')).includes('wasi:filesystem/preopens@0.2.6'));
});
