/**
 * What a flood costs others: the latency of one application's requests while another is sent bodies of 10 MiB over a
 * hundred connections, and while it is not. Phases take turns, so that other work on the machine meets both.
 *
 * As a process of its own it is the flood: it sends as long as it is not stopped.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHttpGateway } from '../src/extensions/http-gateway/index.ts';
import { createNode } from '../src/node.ts';
import { applicationOf } from '../src/package/components.ts';
import { createMemoryVfs } from '../src/vfs/memory.ts';
import { guest } from '../test/guests/build.ts';
import type { Load, Loaded } from './load.ts';
import { type Result, spread } from './measure.ts';
import { medianOf, type Part } from './part.ts';

/** What a flood consists of. */
export interface Flood {
  readonly port: number;
  readonly host: string;
  readonly connections: number;
  readonly bytes: number;
}

const FLOOD = { host: 'greedy.localhost', connections: 100, bytes: 10 * 2 ** 20 };
/** Of the other application: one request at a time on each. */
const CONNECTIONS = 4;

const POOLS = ['workers-2', 'inline'];

export const floodPart: Part = {
  name: 'flood',
  rows: POOLS.flatMap((pool) => [`flood/p99-idle-${pool}`, `flood/p99-flooded-${pool}`]),
  async measure({ quick }) {
    const rows = await measureFlood(quick ? 3 : 10, 200);
    const lines = POOLS.map((pool) => {
      const times = medianOf(rows, `flood/p99-flooded-${pool}`) / medianOf(rows, `flood/p99-idle-${pool}`);
      return `A flood makes the p99 of others ${times.toFixed(1)} times as long (${pool}), expected at most 3`;
    });
    return { rows, lines };
  },
};

/** The p99 of each phase's latencies, idle and flooded, with two workers and in one thread. */
async function measureFlood(phases: number, requests: number): Promise<Result[]> {
  await using stack = new AsyncDisposableStack();
  const quiet = child(stack, 'load.ts');
  const flood = child(stack, 'flood.ts');
  const ports = new Map<string, number>();
  for (const workers of [2, 0])
    ports.set(workers === 0 ? 'inline' : `workers-${workers}`, await startNode(stack, workers));
  const found: Result[] = [];
  for (const [name, port] of ports) {
    const times: Record<'idle' | 'flooded', number[]> = { idle: [], flooded: [] };
    await ask(quiet, port, requests);
    for (let phase = 0; phase < phases; phase++) {
      times.idle.push(await ask(quiet, port, requests));
      flood.send({ ...FLOOD, port } satisfies Flood);
      // All of it stands before anything is measured.
      await once(flood, 'message');
      times.flooded.push(await ask(quiet, port, requests));
      flood.send('stop');
      const [answered] = (await once(flood, 'message')) as [Readonly<Record<string, number>>];
      if (Object.keys(answered).length === 0) throw new Error('Cannot measure: the flood got no answer');
      // What is left of the flood is over before the next phase.
      await ask(quiet, port, requests);
    }
    for (const [phase, us] of Object.entries(times)) {
      const row = `flood/p99-${phase}-${name}`;
      found.push({ name: row, us: spread(us), blocks: phases, callsPerBlock: requests });
    }
  }
  return found;
}

async function ask(quiet: ChildProcess, port: number, requests: number): Promise<number> {
  const request = 'GET /api/quiet HTTP/1.1\r\nhost: modest.localhost\r\naccept: */*\r\n\r\n';
  quiet.send({ port, request, connections: CONNECTIONS, requests } satisfies Load);
  const [answer] = (await once(quiet, 'message')) as [Loaded | { readonly failed: string }];
  if ('failed' in answer) throw new Error(answer.failed);
  if (answer.statuses['200'] !== requests) throw new Error(`Cannot measure: ${JSON.stringify(answer)}`);
  return answer.p99Us;
}

function child(stack: AsyncDisposableStack, file: string): ChildProcess {
  const started = fork(join(import.meta.dirname, file));
  stack.defer(async () => {
    const exited = once(started, 'exit');
    started.kill();
    await exited;
  });
  return started;
}

async function startNode(stack: AsyncDisposableStack, workers: number): Promise<number> {
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-')));
  const config = { 'http-gateway': { port: 0 }, log: { level: 'error' }, pool: { workers } };
  const node = stack.use(await createNode({ home: home.path, config }));
  for (const name of ['modest', 'greedy']) {
    const components = [{ name: 'echo', bytes: await guest('c-echo') }];
    await node.run(applicationOf({ name, components, vfs: createMemoryVfs({}) }));
  }
  const service = node.services.get('http-gateway');
  if (!service || !isHttpGateway(service)) throw new Error('Cannot measure: the node has no gateway');
  return service.port;
}

/** Connections that send again and again, until they are told to stop. */
class Flooding {
  readonly statuses: Record<string, number> = {};
  readonly #flood: Flood;
  readonly #body: Buffer;
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  constructor(flood: Flood) {
    this.#flood = flood;
    this.#body = Buffer.alloc(flood.bytes, 'x');
  }

  /** Resolves when every connection stood. */
  async start(): Promise<void> {
    const { connections } = this.#flood;
    await Promise.all(Array.from({ length: connections }, () => once(this.#open(), 'connect')));
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): Socket {
    const { port, host, bytes } = this.#flood;
    const socket = connect({ port, host: '127.0.0.1' });
    this.#sockets.add(socket);
    socket.once('connect', () => {
      socket.write(`PUT /api/flood HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${bytes}\r\n\r\n`);
      socket.write(this.#body);
    });
    socket.once('data', (chunk: Buffer) => {
      const status = chunk.toString('latin1', 9, 12);
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      socket.destroy();
    });
    // Refused before all of it was sent: the other side has closed, which is its right.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (!this.#stopped) this.#open();
    });
    return socket;
  }
}

if (import.meta.main) {
  let flooding: Flooding | undefined;
  process.on('message', (message: Flood | 'stop') => {
    if (message === 'stop') {
      flooding?.stop();
      process.send?.(flooding?.statuses ?? {});
      return;
    }
    flooding = new Flooding(message);
    void flooding.start().then(() => process.send?.('stands'));
  });
}
