/**
 * A peer of the benchmark that is a whole engine with a guest.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { ExtensionContext } from '../src/engine/extension.ts';
import { allExtensions } from '../src/extensions/all.ts';
import { until } from '../src/extensions/ipfs/fixtures/until.ts';
import { createNode, type Node } from '../src/node.ts';
import { applicationOf } from '../src/package/components.ts';
import { createGate } from '../src/pool/fixtures/gate.ts';
import { loggerOver } from '../src/telemetry/logger-over.ts';
import { createMemoryVfs } from '../src/vfs/memory.ts';
import { component } from '../test/guests/tools.ts';
import { allWit } from '../test/guests/wit.ts';
import { inLanes, type Peer, type PeerOptions, TOPICS } from './ipfs-peer.ts';

const APP = 'bench';

export interface EnginePeer extends Peer, AsyncDisposable {
  readonly metrics: Node['metrics'];
}

/** Starts it; resolves when its node runs. `heard` is called for each event of a topic. */
export async function startEngine(options: PeerOptions, heard: () => void): Promise<EnginePeer> {
  const { kind, home, key, role, others } = options;
  const contexts: ExtensionContext[] = [];
  const start = (context: ExtensionContext): void => void contexts.push(context);
  let addresses: readonly string[] = [];
  const log = loggerOver((level, message, fields) => {
    if (message === 'Event given to module' && fields['on'] === 'hermes:ipfs/event#on-topic') heard();
    if (message === 'IPFS node is running') addresses = fields['addresses'] as readonly string[];
    if (level === 'warn' || level === 'error') console.error(message, fields);
  });
  const topics = Object.values(TOPICS);
  const raw = kind === 'raw' && Object.fromEntries(topics.map((topic) => [topic, { raw: true }]));
  const node = await createNode({
    home,
    log,
    config: {
      'http-gateway': { port: 0 },
      apps: { [APP]: { permissions: { ipfs: { topics } } } },
      ipfs: {
        bootstrap: others,
        retrySeconds: 1,
        // The rate is what is measured, not what is refused.
        limits: { messagesPerSecond: 1_000_000, inbox: 100_000 },
        ...(raw && { topics: raw }),
        ...(kind === 'cose' && { keys: { [APP]: key } }),
      },
    },
    extensions: [...allExtensions(), createGate().extension({ name: 'bench', start })],
  });
  const components = [{ name: 'api', bytes: await pubsubGuest() }];
  await node.run(applicationOf({ name: APP, components, vfs: createMemoryVfs({}) }));
  const call = caller(contexts);
  await until(() => addresses.length > 0);
  if (role !== 'publisher') await call('on-subscribe', [role === 'first']);
  return {
    addresses,
    metrics: node.metrics,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
    ready: (count) => until(() => (node.metrics.value('hermes_ipfs_peers') ?? 0) >= count),
    // They find each other.
    connect: async () => undefined,
    publish: ({ one, times, bytes }) => inLanes(times, () => call('on-publish', [one, 1, bytes])),
  };
}

type Call = (name: 'on-subscribe' | 'on-publish', args: readonly unknown[]) => Promise<void>;

/** Each call is an event of a source of its own, as requests of many users are. */
function caller([context]: readonly ExtensionContext[]): Call {
  if (!context) throw new Error('Cannot measure: the extension was not started');
  let calls = 0;
  return async (name, args) => {
    const { done } = context.emit({
      name: `hermes:bench/pubsub#${name}`,
      source: ['bench', String(++calls)],
      app: APP,
      modules: 'exporting',
      reply: 'all',
      args,
    });
    const [reply] = await done;
    if (!reply?.ok || Number(reply.value) !== 1) throw new Error(`Cannot measure: ${JSON.stringify(reply)}`);
  };
}

async function pubsubGuest(): Promise<Uint8Array<ArrayBuffer>> {
  const interfaces = `interface pubsub {
    on-subscribe: func(one: bool) -> u32;
    on-publish: func(one: bool, times: u32, bytes: u32) -> u32;
  }`;
  const world = 'world bench { import hermes:ipfs/api; export hermes:ipfs/event; export pubsub; }';
  const packages = (await allWit()).replace(/^[\s\S]*?(?=^package [^;{]+ \{)/m, '');
  const wit = `package hermes:bench;\n${interfaces}\n${world}\n${packages}`;
  const core = await parse(await readFile(join(import.meta.dirname, 'ipfs-guest.wat'), 'utf8'));
  return new Uint8Array(await component(core, { world: 'bench', wit }));
}
