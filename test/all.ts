/**
 * `npm test`: every test file with reduced counts, three at a time, what takes longest first: of three, one waits for
 * a clock or a network. Files that start nothing of their own share a process: what a process takes to start and to
 * warm up is often more than its tests.
 *
 * @module
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { type SourceFile, sources } from '../tools/sources.ts';

const root = join(import.meta.dirname, '..');
const work = join(root, 'node_modules/.cache/hermes/tests');

/** What takes longest, those that wait among those that compute. */
const FIRST = [
  'test/ipfs/engines.test.ts',
  'src/build/build-typescript.test.ts',
  'test/component/component.test.ts',
  'test/ipfs/files.test.ts',
  'test/e2e/test-command.test.ts',
  'test/e2e/sqlite.test.ts',
  'test/ipfs/operator.test.ts',
  'test/e2e/cli.test.ts',
  'test/soak/soak.test.ts',
  'test/ipfs/hostile.test.ts',
  'tools/checked.test.ts',
  'src/pool/threads.test.ts',
  'examples/noticeboard/board.test.ts',
  'test/ipfs/soak.test.ts',
  'src/build/build-c.test.ts',
];
/** Rooms whose files share a process, each room one of its own, and how many at most share one. */
const ROOMS: readonly (readonly [room: string, most: number])[] = [
  ['src/extensions', 12],
  ['test/conformance', 5],
  ['test/e2e', 5],
  ['src/pool', 8],
  ['src/lib', 12],
  ['src/telemetry', 12],
  ['src/component', 12],
  ['src/vfs', 12],
  ['src/wasi', 12],
  ['src/package', 12],
  ['src/engine', 12],
  ['src/build', 8],
  ['src/admin', 12],
  ['src/cli', 12],
  ['tools', 12],
];
/** Other processes and threads, and what there is once in a process; hooks of a file would be those of all. */
const ALONE =
  /child_process|worker_threads|\bgc\(|process\.(env|on|once|exit|chdir|umask|cwd|std|kill)|ResourcesInfo|memoryUsage|setFlags|\bmock\.|^(before|after)(Each)?\(/m;

/** Test files in the order of their start; files of one array share a process. */
export function plan(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const alone: string[] = [];
  const rooms = ROOMS.map(([room, most]) => ({ room: `${room}/`, most, paths: [] as string[] }));
  for (const { path, text } of files) {
    if (!path.endsWith('.test.ts')) continue;
    const found = rooms.find(({ room }) => path.startsWith(room));
    if (found && !FIRST.includes(path) && !ALONE.test(text)) found.paths.push(path);
    else alone.push(path);
  }
  const first = FIRST.filter((path) => alone.includes(path));
  const rest = alone.filter((path) => !FIRST.includes(path));
  const shared = rooms.flatMap(({ most, paths }) =>
    Array.from({ length: Math.ceil(paths.length / most) }, (_, n) => paths.slice(n * most, (n + 1) * most)),
  );
  return [...first.map((path) => [path]), ...shared, ...rest.map((path) => [path])];
}

/** A file that brings those of one process. */
async function fileOf(paths: readonly string[]): Promise<string> {
  const [first = '', ...others] = paths;
  if (others.length === 0) return join(root, first);
  const file = join(work, `${first.replaceAll('/', '-').replace(/\.ts$/, '')}-and-others.mjs`);
  const lines = paths.map((path) => `import ${JSON.stringify(pathToFileURL(join(root, path)).href)};\n`);
  await writeFile(file, lines.join(''));
  return file;
}

async function main(): Promise<void> {
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const files = await Promise.all(plan(await sources(['src', 'tools', 'test', 'examples'])).map(fileOf));
  const tests = run({ files, concurrency: 3, timeout: 240_000 });
  tests.on('test:fail', () => {
    process.exitCode = 1;
  });
  tests.compose(spec).pipe(process.stdout);
}

if (import.meta.main) await main();
