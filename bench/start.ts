/**
 * From `hermes run` to the first answer of a module that is built already, and what reading, rewriting and compiling
 * its component take of it.
 *
 * As a process of its own it prints the latter for one component, in milliseconds: what V8 has not met before costs
 * more, and each start is a new process.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decode } from '../src/component/decode.ts';
import { rewriteCore } from '../src/component/rewrite/index.ts';
import { start } from '../test/e2e/hermes.ts';
import { type GuestName, guest } from '../test/guests/build.ts';
import { type Result, spread } from './measure.ts';
import { medianOf, type Part } from './part.ts';

const guests: readonly GuestName[] = ['c-echo', 'rust-serde', 'ts-echo'];

/** Milliseconds. */
interface Steps {
  readonly decode: number;
  readonly rewrite: number;
  readonly compile: number;
}

export const startPart: Part = {
  name: 'start',
  rows: guests.map((name) => `start/${name}`),
  async measure({ only, quick }) {
    const rows: Result[] = [];
    const lines: string[] = [];
    const details: Record<string, Steps> = {};
    for (const name of guests.filter((one) => only.test(`start/${one}`))) {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-bench-'));
      const component = await writeApplication(folder.path, await guest(name));
      const blocks = quick ? 3 : 10;
      const times: number[] = [];
      const steps: Steps[] = [];
      for (let block = 0; block < blocks; block++) {
        times.push(await firstAnswer(folder.path));
        steps.push(await stepsOf(component));
      }
      rows.push({ name: `start/${name}`, us: spread(times), blocks, callsPerBlock: 1 });
      const median = (step: keyof Steps) => spread(steps.map((one) => one[step])).median;
      const found = { decode: median('decode'), rewrite: median('rewrite'), compile: median('compile') };
      details[name] = found;
      const total = (medianOf(rows, `start/${name}`) / 1000).toFixed(0);
      const parts = Object.entries(found).map(([step, ms]) => `${step} ${ms.toFixed(1)} ms`);
      lines.push(`${name}: first answer after ${total} ms, of which ${parts.join(', ')}`);
    }
    return { rows, lines, details };
  },
};

/** An application of one module; answers the path of its component. */
export async function writeApplication(folder: string, bytes: Uint8Array): Promise<string> {
  const module = join(folder, 'modules/api');
  await mkdir(module, { recursive: true });
  const write = (file: string, manifest: Readonly<Record<string, unknown>>, schema: string) =>
    writeFile(
      join(folder, file),
      JSON.stringify({ $schema: `hermes_${schema}_manifest.schema.json`, ...manifest }),
    );
  await write(
    'application.json',
    { name: 'bench', modules: [{ package: 'modules/api', name: 'api' }] },
    'app',
  );
  await write('modules/api/module.json', { name: 'api' }, 'module');
  await writeFile(join(module, 'module.wasm'), bytes);
  return join(module, 'module.wasm');
}

/** Microseconds from the start of the process to the first answer. */
export async function firstAnswer(folder: string, config: object = {}): Promise<number> {
  await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-bench-'));
  await writeFile(join(home.path, 'config.json'), JSON.stringify(config));
  const begun = performance.now();
  await using engine = start(['run', folder, '--port', '0', '--home', home.path]);
  const [, port = ''] = await engine.until(/bench runs at http:\/\/bench\.localhost:(\d+)\//);
  const status = await ask(Number(port));
  const time = (performance.now() - begun) * 1000;
  if (status !== 200) throw new Error(`Cannot measure: the first answer was ${status}\n${engine.err}`);
  engine.kill('SIGINT');
  await engine.ended;
  return time;
}

function ask(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'bench.localhost' };
    get({ host: '127.0.0.1', port, path: '/api/ping', headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
}

async function stepsOf(component: string): Promise<Steps> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [fileURLToPath(import.meta.url), component]);
  return JSON.parse(stdout) as Steps;
}

async function measureSteps(path: string): Promise<Steps> {
  const bytes = await readFile(path);
  const begun = performance.now();
  const { cores } = decode(new Uint8Array(bytes));
  const decoded = performance.now();
  const rewritten = cores.map((core) => rewriteCore(core).bytes);
  const rewrote = performance.now();
  await Promise.all(rewritten.map((core) => WebAssembly.compile(core)));
  return { decode: decoded - begun, rewrite: rewrote - decoded, compile: performance.now() - rewrote };
}

if (import.meta.main) console.log(JSON.stringify(await measureSteps(process.argv[2] ?? '')));
