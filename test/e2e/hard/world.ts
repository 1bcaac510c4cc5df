import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { buildModule } from '../../../src/build/build-module.ts';
import { installedWit } from '../../../src/cli/wit.ts';
import type {
  Clock,
  ExtensionContext,
  HostEvent,
  Queued,
  RuntimeExtension,
} from '../../../src/engine/extension.ts';
import { allExtensions } from '../../../src/extensions/all.ts';
import { isHttpGateway } from '../../../src/extensions/http-gateway/index.ts';
import { createNode, type Node } from '../../../src/node.ts';
import { applicationOf } from '../../../src/package/components.ts';
import { createGate, type Gate, type GateHooks } from '../../../src/pool/fixtures/gate.ts';
import { createLogger } from '../../../src/telemetry/pino-logger.ts';
import { createMemoryVfs } from '../../../src/vfs/memory.ts';
import { type Answered, ask, type Sent } from '../support.ts';

/** Threads that run guests; 0 is the pool in this thread. */
export const workerCounts: readonly number[] = [0, 2];
/** Events that may run at once, over all threads. */
export const concurrency = 16;

export interface HardOptions {
  readonly workers: number;
  readonly hooks?: GateHooks;
  readonly clock?: Clock;
  /** Of the gateway, over its defaults. */
  readonly gateway?: Readonly<Record<string, unknown>>;
  /** More extensions than those of the project and the gate. */
  readonly extensions?: readonly RuntimeExtension[];
}

/** A whole node, with an extension that holds guests and emits what the test says. */
export interface HardWorld extends AsyncDisposable {
  readonly node: Node;
  readonly gate: Gate;
  /** The log at `trace`, as lines of JSON. */
  readonly lines: readonly string[];
  /** The lines with this message. */
  said(message: string): readonly Readonly<Record<string, any>>[];
  /** Runs an application of one module, `api`, or of so many with these names. */
  run(name: string, bytes: Uint8Array<ArrayBuffer>, modules?: readonly string[]): Promise<unknown>;
  ask(app: string, method: string, path: string, sent?: Sent): Promise<Answered>;
  emit(event: Pick<HostEvent, 'name' | 'source' | 'app' | 'args'> & Partial<HostEvent>): Queued;
  /** A request as the gateway would emit it, with a body of so many bytes. */
  request(app: string, source: string, length: number): Queued;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

export async function hardWorld(options: HardOptions): Promise<HardWorld> {
  const { workers, hooks = {}, clock, gateway: over = {}, extensions = [] } = options;
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-hard-')));
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', pretty: false, stream: { write: (line) => lines.push(line) } });
  const gate = createGate();
  const contexts: ExtensionContext[] = [];
  const start = (context: ExtensionContext): void => {
    contexts.push(context);
    hooks.start?.(context);
  };
  const instances = concurrency / Math.max(1, workers);
  const node = stack.use(
    await createNode({
      home: home.path,
      log,
      config: { 'http-gateway': { port: 0, ...over }, pool: { workers, instances } },
      extensions: [...allExtensions(), gate.extension({ ...hooks, start }), ...extensions],
      ...(clock && { clock }),
    }),
  );
  const gateway = node.services.get('http-gateway');
  if (!gateway || !isHttpGateway(gateway)) throw new Error('The node has no gateway');
  const { port } = gateway;
  const emit: HardWorld['emit'] = (event) => {
    const [context] = contexts;
    if (!context) throw new Error('The gate was not started');
    return context.emit({ modules: 'exporting', reply: 'all', ...event });
  };
  const running = stack.move();
  return {
    node,
    gate,
    lines,
    said: (message) => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === message),
    run: (name, bytes, modules = ['api']) => {
      const components = modules.map((module) => ({ name: module, bytes }));
      return node.run(applicationOf({ name, components, vfs: createMemoryVfs({}) }));
    },
    ask: (app, method, path, sent) => ask({ port, host: `${app}.localhost`, method, path }, sent),
    emit,
    request: (app, source, length) => {
      const args = [new Uint8Array(length), [['host', ['localhost']]], '/api/echo', 'PUT'];
      const name = 'hermes:http-gateway/event#reply';
      return emit({ name, source: ['gate', source], app, args, reply: 'first', bytes: length });
    },
    async idle() {
      while (node.metrics.value('hermes_events_queued') > 0) await new Promise(setImmediate);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The component of the C module beside this file. */
export async function hardComponent(): Promise<Uint8Array<ArrayBuffer>> {
  return (await buildModule(import.meta.dirname, { wit: await installedWit() })).bytes;
}

/** The component of `init-waits.wat`. */
export async function initWaits(): Promise<Uint8Array<ArrayBuffer>> {
  const text = await readFile(join(import.meta.dirname, 'init-waits.wat'), 'utf8');
  return new Uint8Array(await parse(text));
}
