// What `npm start`, `npm test` and the other scripts run: installs from the lock file when that has not
// been done, brings Node 26, then does the job. Plain JavaScript for Node 20, because it runs first.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runNode26 } from './node26.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.cache/setup`;

const bin = (name) => `node_modules/${name}`;

/** One entry per npm script: the Node 26 command lines that it runs in turn. */
const jobs = {
  start: (args) => [['src/cli/main.ts', 'run', 'examples/guestbook', ...args]],
  noticeboard: (args) => [['examples/noticeboard/start.ts', ...args]],
  test: (args) => (args.length ? [['--test', ...args]] : [['test/guests/build.ts'], ['test/all.ts']]),
  'test:long': () => [['test/guests/build.ts'], ['test/long.ts']],
  bench: (args) => [['--expose-gc', 'bench/main.ts', ...args]],
  'bench:peers': (args) => [['--expose-gc', 'bench/peers/main.ts', ...args]],
  check: () => [[bin('typescript/bin/tsc')], [bin('@biomejs/biome/bin/biome'), 'check', '.']],
  fmt: () => [[bin('@biomejs/biome/bin/biome'), 'check', '--write', '.']],
  generate: () => [['tools/generate.ts']],
};

const [job, ...args] = process.argv.slice(2);
if (!jobs[job]) {
  console.error(`Unknown job "${job}": choose one of ${Object.keys(jobs).join(', ')}`);
  process.exit(2);
}
install();
for (const command of jobs[job](args)) {
  const code = await runNode26(command, { cwd: root });
  if (code !== 0) process.exit(code);
}

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('Installing dependencies from package-lock.json (once; about a minute)');
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error(`Cannot install dependencies: npm ci ended with ${error?.message ?? `status ${status}`}`);
    process.exit(1);
  }
  mkdirSync(`${root}node_modules/.cache`, { recursive: true });
  writeFileSync(stamp, lock);
}
