/**
 * The composition root: everything that a running engine is made of, put together by hand.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Admin, createAdmin } from './admin/admin.ts';
import { createAppMethods } from './admin/apps.ts';
import type { AdminMethods } from './admin/conversation.ts';
import type { Status } from './admin/status.ts';
import { type EngineConfig, parseConfig } from './engine/config.ts';
import { createEngine, type DrainOptions, type Engine } from './engine/engine.ts';
import type { AttachedApp, Clock, ExtensionService, RuntimeExtension } from './engine/extension.ts';
import { openHome } from './engine/home.ts';
import { preparing } from './engine/prepare.ts';
import { allExtensions } from './extensions/all.ts';
import { isHttpGateway } from './extensions/http-gateway/index.ts';
import { createClock } from './lib/clock.ts';
import { failures, isCoded } from './lib/errors.ts';
import { isRecord } from './lib/record.ts';
import { version } from './lib/version.ts';
import type { Application } from './package/application.ts';
import { parseJson } from './package/json-text.ts';
import { type BuildModule, loadFolder } from './package/load-folder.ts';
import { createPool, type PoolOptions } from './pool/create-pool.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics, type MetricsRegistry } from './telemetry/metrics.ts';
import { createLogger } from './telemetry/pino-logger.ts';
import { createAppFiles } from './vfs/app-files.ts';
import { createFolderVfs } from './vfs/folder.ts';

export const errors = {
  CONFIG_FILE: {
    blame: 'operator',
    text: 'Cannot read the configuration file: it must be there, be readable and hold one JSON object',
  },
} as const;
const fail = failures(errors);

export interface NodeOptions {
  /** The data folder; made if it is not there. One engine per home. */
  readonly home: string;
  /** The configuration as the operator wrote it; without it that of `configFile`. */
  readonly config?: unknown;
  /** Must be there; without it `config.json` of the home, if there is one. */
  readonly configFile?: string;
  /** Laid over the configuration, key by key of each slice: `{ 'http-gateway': { port: 0 } }`. */
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** All that come with the engine by default. */
  readonly extensions?: readonly RuntimeExtension[];
  /** By default lines on standard error, as the configuration says. */
  readonly log?: Logger;
  /** That of this machine by default; with another, time is what a test says. */
  readonly clock?: Clock;
  /**
   * Builds modules that come as sources when an application is loaded or reloaded over the admin socket, until the
   * signal aborts; without it they must have been built before.
   */
  readonly build?: (folder: string, signal: AbortSignal) => ReturnType<BuildModule>;
}

export interface RunOptions {
  /** Builds modules that come as sources. */
  readonly build?: BuildModule;
  /** Where a ready made application came from: what a reload over the admin socket reads anew. */
  readonly folder?: string;
}

/**
 * An engine in its home. `drain` finishes what is under way, disposal ends it at once and unlocks the home;
 * disposing twice, or while it drains, is harmless.
 */
export interface Node extends AsyncDisposable {
  readonly config: EngineConfig;
  /** Every loaded application, by name. */
  readonly apps: ReadonlyMap<string, AttachedApp>;
  /** The main-thread halves of the extensions, by name. */
  readonly services: ReadonlyMap<string, ExtensionService>;
  readonly metrics: MetricsRegistry;
  /** The admin socket, and where /metrics and /healthz are served. */
  readonly admin: Pick<Admin, 'path' | 'addresses'>;
  /** What `hermes status` shows. */
  status(): Status;
  /** Loads an application, given as its folder or ready made, and resolves when it runs. */
  run(application: string | Application, options?: RunOptions): Promise<AttachedApp>;
  /** Puts a new load in the place of the one that runs; resolves when it serves. See `Engine.reload`. */
  reload(application: string | Application, options?: RunOptions): Promise<AttachedApp>;
  /** Finishes the application's events, then removes it. */
  unload(name: string, options?: DrainOptions): Promise<void>;
  /** Takes nothing new from outside and resolves when every event has been handled. Disposal should follow. */
  drain(options?: DrainOptions): Promise<void>;
  /** The exit code, once an application has ended the engine; 0 when it was disposed before that. */
  readonly done: Promise<number>;
}

/**
 * Starts an engine with its extensions, without applications. Rejects with `CONFIG_INVALID`, `CONFIG_FILE`,
 * `HOME_LOCKED`, `HOME_UNUSABLE`, `ADMIN_SOCKET`, `METRICS_PORT_IN_USE`, `METRICS_LISTEN`, or what an extension's start throws; nothing is left running then.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-`);
 * await using node = await createNode({
 *   home: folder.path,
 *   config: { 'http-gateway': { port: 0 }, log: { level: 'error' } },
 * });
 * assert.equal(node.apps.size, 0);
 * ```
 */
export async function createNode(options: NodeOptions): Promise<Node> {
  const { home: path, extensions = allExtensions() } = options;
  const config = await readNodeConfig(options);
  const { clock = createClock() } = options;
  const metrics = createMetrics();
  const log = options.log ?? loggerOf(config);

  await using stack = new AsyncDisposableStack();
  const home = stack.use(await openHome(path));
  const pool = stack.use(await createPool(poolOptions(config, extensions), { clock, metrics, log }));
  const core = stack.use(
    await createEngine(
      { extensions, config: config.extensions, limits: config.queue, drainSeconds: config.stop.seconds },
      { pool, clock, log, metrics, folder: (extension) => home.folder(extension) },
    ),
  );
  const engine = preparing(core, { config, files: createAppFiles(join(home.path, 'apps')) });
  const folders = new Map<string, string>();
  const admin = stack.use(
    await createAdmin(
      {
        home: home.path,
        methods: {
          ...methodsOf(engine.services),
          ...createAppMethods({
            engine,
            folders,
            read: (folder, { signal }) => readFolder(folder, options.build, signal),
            drainSeconds: config.stop.seconds,
          }),
        },
        version: await version(),
        concurrency: pool.concurrency,
        listen: config.metrics.listen,
        addresses: () => engine.services.values().filter(isHttpGateway).flatMap(addressesOf).toArray(),
      },
      { engine, metrics, clock, log },
    ),
  );
  const running = stack.move();
  return nodeOf({ engine, admin, config, metrics, running, folders });
}

/**
 * The configuration that `createNode` would use with these options. Throws as it does.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const config = await readNodeConfig({ home: '/nowhere', overrides: { log: { level: 'debug' } } });
 * assert.equal(config.log.level, 'debug');
 * ```
 */
export async function readNodeConfig(options: Omit<NodeOptions, 'log' | 'clock'>): Promise<EngineConfig> {
  const { extensions = allExtensions(), overrides = {} } = options;
  const written = 'config' in options ? options.config : await configOf(options);
  return parseConfig(laidOver(written, overrides), extensions);
}

async function configOf({ home, configFile }: Pick<NodeOptions, 'home' | 'configFile'>): Promise<unknown> {
  const file = configFile ?? join(home, 'config.json');
  try {
    return parseJson(await readFile(file, 'utf8'));
  } catch (error) {
    const missing =
      Error.isError(error) && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    if (missing && configFile === undefined) return undefined;
    throw fail('CONFIG_FILE', { file, ...(isCoded(error) && error.detail) }, error);
  }
}

/** What is no object stays as it is: the parser says what is wrong with it. */
function laidOver(written: unknown, overrides: NonNullable<NodeOptions['overrides']>): unknown {
  const base = written ?? {};
  if (written === null || !isRecord(base)) return written;
  const slices = Object.entries(overrides).map(([key, slice]) => {
    const own = Object.hasOwn(base, key) ? base[key] : undefined;
    return [key, own === undefined || isRecord(own) ? { ...own, ...slice } : own];
  });
  return { ...base, ...Object.fromEntries(slices) };
}

function poolOptions(
  { pool, limits: { wallClockMs: deadlineMs } }: EngineConfig,
  halves: readonly RuntimeExtension[],
): PoolOptions {
  return { ...pool, deadlineMs, halves };
}

function loggerOf({ log: { level, format } }: EngineConfig): Logger {
  return createLogger(format === 'auto' ? { level } : { level, pretty: format === 'pretty' });
}

/** What the extensions answer over the admin socket. */
function methodsOf(services: Engine['services']): AdminMethods {
  return Object.assign({}, ...services.values().map(({ admin }) => admin));
}

function addressesOf({ addresses }: { readonly addresses: readonly string[] }): readonly string[] {
  return addresses;
}

interface Parts {
  readonly engine: Engine;
  readonly admin: Admin;
  readonly config: EngineConfig;
  readonly metrics: MetricsRegistry;
  readonly running: AsyncDisposableStack;
  /** By name of the application. */
  readonly folders: Map<string, string>;
}

function nodeOf({ engine, admin, config, metrics, running, folders }: Parts): Node {
  /** Remembers where what has begun to serve came from. */
  function noted(app: AttachedApp, application: string | Application, { folder }: RunOptions): AttachedApp {
    const from = typeof application === 'string' ? application : folder;
    if (from === undefined) folders.delete(app.name);
    else folders.set(app.name, resolve(from));
    return app;
  }
  let disposed: Promise<void> | undefined;
  return {
    config,
    metrics,
    admin,
    status: () => admin.status(),
    get apps() {
      return engine.apps;
    },
    get services() {
      return engine.services;
    },
    get done() {
      return engine.done;
    },
    run: async (application, options = {}) =>
      noted(await engine.load(await sourceOf(application, options)), application, options),
    reload: async (application, options = {}) =>
      noted(await engine.reload(await sourceOf(application, options)), application, options),
    unload: (name, options) => engine.unload(name, options),
    drain: (options) => engine.drain(options),
    [Symbol.asyncDispose]() {
      disposed ??= running.disposeAsync();
      return disposed;
    },
  };
}

async function sourceOf(application: string | Application, { build }: RunOptions): Promise<Application> {
  if (typeof application !== 'string') return application;
  return loadFolder(application, { createVfs: createFolderVfs, ...(build && { build }) });
}

function readFolder(folder: string, build: NodeOptions['build'], signal: AbortSignal): Promise<Application> {
  return sourceOf(folder, build ? { build: (module) => build(module, signal) } : {});
}
