/**
 * What a flood costs others: the latency of one application's requests while another is sent bodies of 10 MiB over
 * many connections, and while it is not. Phases and servers take turns, so that other work on the machine meets all
 * of them. Beside the gateway stand `node:http` alone, flooded in the same way, and the gateway while the flood goes
 * to another process: what the machine takes from it by itself.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHttpGateway } from '../src/extensions/http-gateway/index.ts';
import { createNode } from '../src/node.ts';
import { applicationOf } from '../src/package/components.ts';
import { createMemoryVfs } from '../src/vfs/memory.ts';
import { guest } from '../test/guests/build.ts';
import type { Flood } from './flooding.ts';
import type { Load, Loaded } from './load.ts';
import { type Result, spread } from './measure.ts';
import { medianOf, type Part } from './part.ts';
import { startSink } from './sink.ts';

const BODY = 10 * 2 ** 20;
const CONNECTIONS = 100;
/** More than the gateway takes. */
const MANY = 1_200;
/** Of the other application: one request at a time on each. */
const QUIET = 4;
const REQUESTS = 500;

/** What is asked while something is flooded. */
interface Subject {
  readonly name: string;
  /** Of who is asked. */
  readonly port: number;
  /** Of who is flooded. */
  readonly floodPort: number;
  /** Connections of the flood, by what the row is called. */
  readonly floods: Readonly<Record<string, number>>;
  /** Resolves when nothing of the flood is left. */
  readonly rest: () => Promise<void>;
}

const GATEWAYS = ['workers-2', 'inline'];
const OTHERS = ['bare', 'elsewhere'];

export const floodPart: Part = {
  name: 'flood',
  rows: [
    ...[...GATEWAYS, ...OTHERS].flatMap((name) => [`flood/p99-idle-${name}`, `flood/p99-flooded-${name}`]),
    ...GATEWAYS.map((name) => `flood/p99-many-${name}`),
  ],
  async measure({ quick }) {
    const rows = await measureFlood(quick ? 3 : 10);
    const ratio = (name: string, kind = 'flooded'): string => {
      const times = medianOf(rows, `flood/p99-${kind}-${name}`) / medianOf(rows, `flood/p99-idle-${name}`);
      return times.toFixed(1);
    };
    const floor = `node:http alone ${ratio('bare')}, a flood of another process ${ratio('elsewhere')}`;
    const lines = GATEWAYS.map((name) => {
      const both = `${ratio(name)} times as long (${name}; ${MANY} connections: ${ratio(name, 'many')})`;
      return `A flood makes the p99 of others ${both}, expected at most 3; ${floor}`;
    });
    return { rows, lines };
  },
};

/** The p99 of each phase's latencies, idle and flooded. */
async function measureFlood(phases: number): Promise<Result[]> {
  await using stack = new AsyncDisposableStack();
  const quiet = child(stack, 'load.ts');
  const flood = child(stack, 'flooding.ts');
  const subjects = await startSubjects(stack);
  for (const { port } of subjects) await ask(quiet, port);
  const times = new Map<string, number[]>();
  const note = (row: string, us: number): void => void times.getOrInsertComputed(row, () => []).push(us);
  for (let phase = 0; phase < phases; phase++) {
    for (const { name, port, floodPort, floods, rest } of subjects) {
      for (const [kind, connections] of Object.entries(floods)) {
        note(`flood/p99-idle-${name}`, await ask(quiet, port));
        const sent: Flood = { port: floodPort, host: 'greedy.localhost', connections, bytes: BODY };
        flood.send(sent);
        // All of it stands before anything is measured.
        await once(flood, 'message');
        // Also for the server, which has taken in who came before these.
        await ask(quiet, port, QUIET);
        note(`flood/p99-${kind}-${name}`, await ask(quiet, port));
        flood.send('stop');
        await once(flood, 'message');
        await rest();
        await ask(quiet, port);
      }
    }
  }
  return [...times].map(([name, us]) => {
    return { name, us: spread(us), blocks: us.length, callsPerBlock: REQUESTS };
  });
}

async function startSubjects(stack: AsyncDisposableStack): Promise<readonly Subject[]> {
  const both = { flooded: CONNECTIONS, many: MANY };
  const inline = await startNode(stack, 0);
  const { server, port } = await startSink();
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const other = child(stack, 'sink.ts');
  const [floodPort] = (await once(other, 'message')) as [number];
  const few = { flooded: CONNECTIONS };
  const rest = async (): Promise<void> => undefined;
  return [
    { name: 'workers-2', ...(await startNode(stack, 2)), floods: both },
    { name: 'inline', ...inline, floods: both },
    { name: 'bare', port, floodPort: port, floods: few, rest },
    { name: 'elsewhere', port: inline.port, floodPort, floods: few, rest },
  ];
}

async function ask(quiet: ChildProcess, port: number, requests = REQUESTS): Promise<number> {
  const request = 'GET /api/quiet HTTP/1.1\r\nhost: modest.localhost\r\naccept: */*\r\n\r\n';
  quiet.send({ port, request, connections: QUIET, requests } satisfies Load);
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

async function startNode(
  stack: AsyncDisposableStack,
  workers: number,
): Promise<Pick<Subject, 'port' | 'floodPort' | 'rest'>> {
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-')));
  const config = { 'http-gateway': { port: 0 }, log: { level: 'error' }, pool: { workers } };
  const node = stack.use(await createNode({ home: home.path, config }));
  for (const name of ['modest', 'greedy']) {
    const components = [{ name: 'echo', bytes: await guest('c-echo') }];
    await node.run(applicationOf({ name, components, vfs: createMemoryVfs({}) }));
  }
  const service = node.services.get('http-gateway');
  if (!service || !isHttpGateway(service)) throw new Error('Cannot measure: the node has no gateway');
  const { port } = service;
  const rest = async (): Promise<void> => {
    const left = (): boolean =>
      ['hermes_http_requests_waiting', 'hermes_events_queued'].some((name) => node.metrics.value(name) !== 0);
    while (left()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  return { port, floodPort: port, rest };
}
