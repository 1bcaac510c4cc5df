import assert from 'node:assert/strict';
import { glob } from 'node:fs/promises';
import { test } from 'node:test';
import { root, sources } from '../tools/sources.ts';
import { plan } from './all.ts';

test('npm test runs every test file once', async () => {
  const folders = ['src', 'tools', 'test', 'examples'];
  const planned = plan(await sources(folders)).flat();
  const found: string[] = [];
  for (const folder of folders)
    found.push(...(await Array.fromAsync(glob(`${folder}/**/*.test.ts`, { cwd: root }))));
  assert.deepEqual(planned.toSorted(), found.map((path) => path.replaceAll('\\', '/')).toSorted());
});

test('files share a process with small ones of their room, unless they start something of their own', () => {
  const file = (path: string, text = ''): { readonly path: string; readonly text: string } => ({
    path,
    text,
  });
  const files = [
    file('src/lib/a.test.ts'),
    file('src/lib/b.test.ts', "import { spawn } from 'node:child_process';"),
    file('src/lib/c.test.ts', 'beforeEach(() => {});'),
    file('src/lib/d.test.ts', "describe('d', () => {\n  beforeEach(() => {});\n});"),
    file('src/lib/e.ts'),
    file('src/vfs/f.test.ts'),
    file('test/e2e/g.test.ts'),
    file('test/e2e/test-command.test.ts'),
    file('examples/h.test.ts'),
    file('src/build/build-typescript.test.ts'),
  ];
  assert.deepEqual(plan(files), [
    ['src/build/build-typescript.test.ts'],
    ['test/e2e/test-command.test.ts'],
    ['test/e2e/g.test.ts'],
    ['src/lib/a.test.ts', 'src/lib/d.test.ts'],
    ['src/vfs/f.test.ts'],
    ['src/lib/b.test.ts'],
    ['src/lib/c.test.ts'],
    ['examples/h.test.ts'],
  ]);
});
