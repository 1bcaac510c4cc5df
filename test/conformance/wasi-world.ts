/** Guests over files of their own, in either pool. */
import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, GuestImports } from '../../src/engine/extension.ts';
import type { PooledApp } from '../../src/engine/pool.ts';
import { type OperatorSettings, settingsOf } from '../../src/engine/settings.ts';
import { createClock } from '../../src/lib/clock.ts';
import { createInlinePool } from '../../src/pool/inline.ts';
import { createThreadedPool, type ThreadedPool } from '../../src/pool/threads.ts';
import { type Collector, createCollector } from '../../src/telemetry/collector.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { type AppFiles, createAppFiles } from '../../src/vfs/app-files.ts';
import { createFolderVfs } from '../../src/vfs/folder.ts';
import type { StoreLimits, Vfs } from '../../src/vfs/vfs.ts';
import { wasiHalf } from '../../src/wasi/half.ts';

export interface WorldOptions {
  /** 0 is the inline pool. */
  readonly workers: number;
  readonly clock?: Clock;
  readonly seed?: string;
  /** In the place of WASI, without threads only. */
  readonly imports?: GuestImports;
}

export interface AppOptions {
  readonly name?: string;
  readonly limits?: StoreLimits;
  readonly operator?: OperatorSettings;
  readonly config?: unknown;
}

/** An application whose one module is called `m`. */
export interface TestApp {
  readonly vfs: Vfs;
  /** The body of what the module answers to this request. */
  ask(path: string, body?: string): Promise<string>;
}

export interface World extends AsyncDisposable {
  readonly log: Collector;
  /** Holds a folder for each application. */
  readonly folder: string;
  readonly files: AppFiles;
  /** Threads of the pool, which a test may hurt. */
  readonly threads: ThreadedPool['threads'];
  load(bytes: Uint8Array<ArrayBuffer>, options?: AppOptions): Promise<TestApp>;
}

const LIMITS: StoreLimits = { bytes: 100_000, files: 100 };

/** Interfaces that only hold types. */
const TYPES = `export const guest = { imports: () => ({
  'hermes:binary/api': {}, 'hermes:http-gateway/api': {}, 'hermes:logging/api': { log() {} } }) };`;

export async function createWorld({ workers, seed, ...options }: WorldOptions): Promise<World> {
  const { clock = createClock(), imports } = options;
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-wasi-')));
  const types = { name: 'types', guest: new URL(`data:text/javascript,${encodeURIComponent(TYPES)}`) };
  const halves = imports ? [types] : [types, wasiHalf()];
  const [log, metrics] = [createCollector(), createMetrics()];
  const pool = stack.use(
    workers === 0
      ? await createInlinePool(
          { halves, ...(imports && { imports }), ...(seed && { seed }) },
          { clock, metrics },
        )
      : await createThreadedPool({ halves, workers, ...(seed && { seed }) }, { clock, metrics, log }),
  );
  await mkdir(join(folder.path, 'www'));
  await writeFile(join(folder.path, 'www', 'page'), 'a page');
  await writeFile(join(folder.path, 'secret'), 'not for guests');
  const files = createAppFiles(join(folder.path, 'apps'));
  const rest = stack.move();
  return {
    log,
    folder: folder.path,
    files,
    get threads() {
      return 'threads' in pool ? (pool as ThreadedPool).threads : [];
    },
    async load(bytes, { name = 'app', limits = LIMITS, operator, config } = {}) {
      const mounts = await files.mounts(name, { limits, fresh: true });
      const vfs = await createFolderVfs([{ path: '/www', folder: join(folder.path, 'www') }, ...mounts]);
      const settings = settingsOf({ app: name, module: 'm', config, operator });
      const modules = [{ name: 'm', id: 'x', bytes, settings }];
      const answer = (): never => assert.fail('nothing is remote');
      const app = rest.use(await pool.load({ app: { name, version: '1.0.0' }, modules, vfs, log, answer }));
      let counter = 0;
      return { vfs, ask: (path, body = '') => ask(app, { path, body, counter: counter++ }) };
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function ask(
  app: PooledApp,
  { path, body, counter }: { readonly path: string; readonly body: string; readonly counter: number },
): Promise<string> {
  const event = { id: 1, depth: 0, name: 'hermes:http-gateway/event#reply' };
  const args = [new TextEncoder().encode(body), [], path, 'GET'];
  const answer = await app.call({ module: 0, event, counter, args });
  const { val } = answer as { readonly val: { readonly body: Uint8Array } };
  return new TextDecoder().decode(val.body);
}
