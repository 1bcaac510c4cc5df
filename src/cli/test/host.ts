/**
 * An engine for tests: with the real extensions and no door to the outside, guests in a thread that can be replaced,
 * and an application for each case, so that no case meets what another one stored.
 *
 * @module
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttachedApp, RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { allExtensions } from '../../extensions/all.ts';
import { type IntegrationTestService, isIntegrationTest } from '../../extensions/integration-test/index.ts';
import { isCoded } from '../../lib/errors.ts';
import { createNode, type Node } from '../../node.ts';
import type { Application } from '../../package/application.ts';
import { applicationOf } from '../../package/components.ts';
import type { CollectedLine } from '../../telemetry/collector.ts';
import { createMemoryVfs } from '../../vfs/memory.ts';
import { createCaseLog } from './case-log.ts';

export interface TestHostOptions {
  /** How long one call may take; what the configuration says when it is `undefined`. */
  readonly timeoutMs: number | undefined;
  /** The configuration of the engine; all defaults without one. */
  readonly configFile?: string | undefined;
  /** Nothing that ends has to be waited for any more. */
  readonly signal: AbortSignal;
  /** All that come with the engine by default. */
  readonly extensions?: readonly RuntimeExtension[];
  /** Threads that run guests; 1 by default. With 0, a guest that never ends stops everything. */
  readonly workers?: number;
}

/** An application that was started for one purpose; disposal ends it. */
export interface Started extends AsyncDisposable {
  readonly app: AttachedApp;
}

export interface TestHost extends AsyncDisposable {
  /** Asks modules of started applications. */
  readonly ask: Pick<IntegrationTestService, 'test' | 'bench'>;
  /** Starts the application under a name that no other had. Rejects as an engine does. */
  start(application: Application): Promise<Started>;
  /** The name that the next application gets. */
  nextName(application: Application): string;
  /** What an application has logged since the last time. */
  lines(app: string): readonly CollectedLine[];
}

/** Extensions whose main half would open a door; their types are still there. */
const DOORS: ReadonlySet<string> = new Set(['http-gateway']);

/** A component without anything in it. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);

/** Starts it in a data folder of its own, which is gone afterwards. */
export async function createTestHost(options: TestHostOptions): Promise<TestHost> {
  const { timeoutMs, configFile, signal, extensions = allExtensions(), workers = 1 } = options;
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-test-')));
  const { log, take } = createCaseLog();
  const node = stack.use(
    await createNode({
      home: home.path,
      ...(configFile !== undefined && { configFile }),
      overrides: {
        pool: { workers },
        metrics: { listen: [] },
        ...(timeoutMs !== undefined && { limits: { wallClockMs: timeoutMs } }),
      },
      extensions: extensions.map(withoutDoor),
      log,
    }),
  );
  const ask = node.services.values().find(isIntegrationTest);
  if (!ask) throw new Error('The engine has no extension integration-test');
  // An engine with one application ends when that is done; with two it only unloads it.
  const vfs = createMemoryVfs({});
  await node.run(applicationOf({ name: 'keeper', components: [{ name: 'empty', bytes: EMPTY }], vfs }));
  let number = 0;
  const nextName = ({ name }: Application): string => `${name.slice(0, 50)}-t${number}`;
  const running = stack.move();
  return {
    ask,
    nextName,
    lines: take,
    async start(application) {
      const name = nextName(application);
      number += 1;
      const app = await node.run({ ...application, name });
      return { app, [Symbol.asyncDispose]: () => unload(node, name, signal) };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function withoutDoor(extension: RuntimeExtension): RuntimeExtension {
  if (!DOORS.has(extension.name)) return extension;
  return { ...extension, start: async () => idleService() };
}

/** What a case left behind, as ticks that are due, has a second to end. It may have ended its application itself. */
async function unload(node: Node, name: string, stop: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(1_000)]);
  await node.unload(name, { signal }).catch((error: unknown) => {
    if (!signal.aborted && !(isCoded(error) && error.code === 'APP_GONE')) throw error;
  });
}
