import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { ExtensionContext, Reply } from '../../../src/engine/extension.ts';
import { allExtensions } from '../../../src/extensions/all.ts';
import { isHttpGateway } from '../../../src/extensions/http-gateway/index.ts';
import { createNode, type Node } from '../../../src/node.ts';
import { applicationOf } from '../../../src/package/components.ts';
import { createGate, type Gate, gateHttpComponent } from '../../../src/pool/fixtures/gate.ts';
import { type Collector, createCollector } from '../../../src/telemetry/collector.ts';
import { createMemoryVfs } from '../../../src/vfs/memory.ts';
import { ask } from '../support.ts';

/** The number by which `hostile.wat` knows each harm. */
export const harms = {
  loop: 0,
  recursion: 1,
  memory: 2,
  tables: 3,
  fill: 4,
  copy: 5,
  calls: 6,
  log: 7,
  text: 8,
  handles: 9,
  wait: 10,
} as const;

export interface HostileWorld extends AsyncDisposable {
  readonly node: Node;
  readonly gate: Gate;
  readonly log: Collector;
  /** What the hostile module answers when it does this. */
  harm(kind: keyof typeof harms, caught: boolean): Promise<Reply>;
  /** It answers a list of two million strings. */
  give(): Promise<Reply>;
  /** The status of a request to the other application, whose module waits at the gate before it answers. */
  request(): Promise<number>;
}

export interface HostileOptions {
  readonly workers: number;
  /** Calls at the same time, over all threads. */
  readonly instances: number;
  /** Of the hostile application. */
  readonly limits: Readonly<Record<string, number>>;
}

/** An engine with an application that does harm, and one that does not, whose requests have ten minutes. */
export async function hostileWorld({ workers, instances, limits }: HostileOptions): Promise<HostileWorld> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-hostile-')));
  const gate = createGate();
  const log = createCollector();
  const contexts: ExtensionContext[] = [];
  const extension = gate.extension({ start: (context) => void contexts.push(context) });
  const config = {
    'http-gateway': { port: 0, listen: ['127.0.0.1'], maxConnections: 10_000 },
    pool: { workers, instances: instances / Math.max(1, workers) },
    apps: { hostile: { limits }, shop: { limits: { wallClockMs: 600_000 } } },
  };
  const extensions = [...allExtensions(), extension];
  const node = stack.use(await createNode({ home: home.path, config, extensions, log }));
  const text = await readFile(join(import.meta.dirname, 'hostile.wat'), 'utf8');
  const modules = { hostile: new Uint8Array(await parse(text)), shop: await gateHttpComponent() };
  for (const [name, bytes] of Object.entries(modules))
    await node.run(applicationOf({ name, components: [{ name: 'api', bytes }], vfs: createMemoryVfs({}) }));
  const gateway = node.services.get('http-gateway');
  const [context] = contexts;
  if (!context || !gateway || !isHttpGateway(gateway)) throw new Error('The node is not complete');
  const { port } = gateway;
  let last = 0;
  const emit = async (event: 'harm' | 'give', args: readonly unknown[]): Promise<Reply> => {
    const name = `hermes:gate/event#${event}` as const;
    const source = ['gate', String(++last)] as const;
    const { done } = context.emit({ name, source, app: 'hostile', modules: 'exporting', reply: 'all', args });
    const [reply] = await done;
    if (!reply) throw new Error('No module was called');
    return reply;
  };
  const running = stack.move();
  return {
    node,
    gate,
    log,
    harm: (kind, caught) => emit('harm', [harms[kind], Number(caught)]),
    give: () => emit('give', [0]),
    request: async () =>
      (await ask({ port, host: 'shop.localhost', method: 'GET', path: '/api/waits' })).status,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
