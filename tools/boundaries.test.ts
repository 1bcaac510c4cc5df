import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { relativeImports, type SourceFile, sources } from './sources.ts';

/** Room → rooms it may look into. A room may always look into itself. ARCHITECTURE.md says why. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  telemetry: ['lib'],
  component: ['lib'],
  vfs: ['lib'],
  package: ['lib', 'vfs'],
  build: ['lib', 'component'],
  engine: ['telemetry', 'lib', 'vfs'],
  wasi: ['engine', 'component', 'vfs', 'lib'],
  pool: ['engine', 'component', 'wasi', 'telemetry', 'lib', 'vfs'],
  testkit: ['engine', 'telemetry', 'vfs', 'lib'],
  extensions: ['engine', 'vfs', 'telemetry', 'lib'],
  admin: ['engine', 'telemetry', 'lib'],
  'node.ts': ['admin', 'engine', 'pool', 'package', 'vfs', 'wasi', 'extensions', 'telemetry', 'lib'],
  cli: [
    'node.ts',
    'admin',
    'engine',
    'extensions',
    'component',
    'pool',
    'package',
    'vfs',
    'wasi',
    'build',
    'telemetry',
    'lib',
  ],
};

const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.includes('/fixtures/');

/** Every crossing of a wall in these files that the table does not allow. */
function crossings(files: readonly SourceFile[]): readonly string[] {
  const found: string[] = [];
  for (const { path, text } of files) {
    if (isTest(path)) continue;
    const [, from = '', unit] = path.split('/');
    for (const specifier of relativeImports(text)) {
      const target = posix.normalize(posix.join(posix.dirname(path), specifier));
      const [top, to = '', other] = target.split('/');
      if (top !== 'src') found.push(`${path} must not leave src: ${target}`);
      else if (from !== to && !rooms[from]?.includes(to)) found.push(`${path} must not look into ${target}`);
      else if (to === 'extensions' && (from !== to || unit !== other) && !/\/(index|all)\.ts$/.test(target))
        found.push(`${path} must use ${other} by its index.ts, not ${target}`);
    }
    if (from !== 'pool' && from !== 'lib' && /node:worker_threads/.test(text))
      found.push(`${path} must not touch threads`);
    if (!/^src\/(cli|lib)\//.test(path) && /process\.env\b/.test(text))
      found.push(`${path} must not read the environment`);
    if (
      /^src\/(component|engine|extensions)\//.test(path) &&
      /\bDate\.now\(|new Date\(\)|Temporal\.Now\b/.test(text)
    )
      found.push(`${path} must take the time from its clock`);
    if (/\bexport \* from/.test(text)) found.push(`${path} must name what it re-exports`);
  }
  return found;
}

test('imports go inwards, extensions are used by their index, threads and the environment stay in their rooms', async () => {
  const files = await sources(['src']);
  assert.ok(files.length > 50, `Found only ${files.length} files`);
  assert.deepEqual(crossings(files), []);
});

test('the boundary check sees a crossing of each kind', () => {
  const wrong = (path: string, text: string) => crossings([{ path, text }]).length;
  assert.equal(wrong('src/lib/a.ts', "import { b } from '../engine/b.ts';"), 1);
  assert.equal(wrong('src/component/a.ts', "export type { B } from '../engine/b.ts';"), 1);
  assert.equal(wrong('src/extensions/a/service.ts', "import { b } from '../b/service.ts';"), 1);
  assert.equal(wrong('src/extensions/a/service.ts', "import { b } from '../b/index.ts';"), 0);
  assert.equal(wrong('src/engine/a.ts', "const b = await import('../pool/b.ts');"), 1);
  assert.equal(wrong('src/engine/a.ts', "import { Worker } from 'node:worker_threads';"), 1);
  assert.equal(wrong('src/engine/a.ts', 'const a = Date.now();'), 1);
  assert.equal(wrong('src/engine/a.ts', 'const a = process.env.A;'), 1);
  assert.equal(wrong('src/lib/a.ts', "import { b } from '../../tools/b.ts';"), 1);
  assert.equal(wrong('src/lib/a.ts', "export * from './b.ts';"), 1);
});
