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
import type { Part } from './part.ts';
import { startSink } from './sink.ts';

const BODY = 10 * 2 ** 20;
const CONNECTIONS = 100;
/** More than `maxConnections`, and who is asked needs some, too. */
const MANY = 1_200;
/** Of the other application: one request at a time on each. */
const QUIET = 4;
const REQUESTS = 1_000;

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
    ...[...GATEWAYS, 'elsewhere'].map((name) => `flood/p99-many-${name}`),
  ],
  async measure({ quick }) {
    const { rows, ratios } = await measureFlood(quick ? 3 : 10);
    const times = (name: string): string => spread(ratios.get(name) ?? [Number.NaN]).median.toFixed(1);
    const floor = `node:http alone ${times('flooded-bare')}`;
    const machine = `a flood of another process ${times('flooded-elsewhere')} and ${times('many-elsewhere')}`;
    const lines = GATEWAYS.map((name) => {
      const both = `${times(`flooded-${name}`)} times as long, of ${MANY} connections ${times(`many-${name}`)}`;
      return `A flood makes the p99 of others ${both} (${name}), expected at most 3; ${floor}, ${machine}`;
    });
    return { rows, lines };
  },
};

interface Flooded {
  readonly rows: readonly Result[];
  /** How many times as long as in the idle phase before it, by the kind of flood and who was asked. */
  readonly ratios: ReadonlyMap<string, readonly number[]>;
}

/** The p99 of each phase's latencies, idle and flooded. */
async function measureFlood(phases: number): Promise<Flooded> {
  await using stack = new AsyncDisposableStack();
  const quiet = child(stack, 'load.ts');
  const flood = child(stack, 'flooding.ts');
  const subjects = await startSubjects(stack);
  for (const { port } of subjects) await ask(quiet, port);
  const times = new Map<string, number[]>();
  const ratios = new Map<string, number[]>();
  const note = (kind: string, name: string, us: number): number => {
    times.getOrInsertComputed(`flood/p99-${kind}-${name}`, () => []).push(us);
    return us;
  };
  for (let phase = 0; phase < phases; phase++) {
    for (const { name, port, floodPort, floods, rest } of subjects) {
      for (const [kind, connections] of Object.entries(floods)) {
        const idle = note('idle', name, await ask(quiet, port));
        const sent: Flood = { port: floodPort, host: 'greedy.localhost', connections, bytes: BODY };
        flood.send(sent);
        // All of it stands before anything is measured.
        await once(flood, 'message');
        // Also for the server, which has taken in who came before these.
        await ask(quiet, port, QUIET);
        const flooded = note(kind, name, await ask(quiet, port));
        ratios.getOrInsertComputed(`${kind}-${name}`, () => []).push(flooded / idle);
        flood.send('stop');
        await once(flood, 'message');
        await rest();
        await ask(quiet, port);
      }
    }
  }
  const rows = [...times].map(([name, us]) => {
    return { name, us: spread(us), blocks: us.length, callsPerBlock: REQUESTS };
  });
  return { rows, ratios };
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
    { name: 'elsewhere', port: inline.port, floodPort, floods: both, rest },
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
