/**
 * Requests per second through the whole engine: answers of modules in fresh instances, with guests in the main thread
 * and in one and two workers; a static file; and the same bytes from `node:http` alone, which is the most that there is
 * to have here. Logs at `warn`.
 *
 * @module
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHttpGateway } from '../src/extensions/http-gateway/index.ts';
import { createNode } from '../src/node.ts';
import { applicationOf } from '../src/package/components.ts';
import { createMemoryVfs } from '../src/vfs/memory.ts';
import { guest } from '../test/guests/build.ts';
import type { Load, Loaded } from './load.ts';
import { type Effort, spread } from './measure.ts';
import type { Part } from './part.ts';

const CONNECTIONS = 64;
const page = `<!doctype html><title>page</title>${'<p>Some text of a page.</p>'.repeat(60)}`;

/** A small guest in C, and one in TypeScript that works some three hundred microseconds for each request. */
const guests = { module: 'c-echo', 'module-ts': 'ts-echo' } as const;
/** Threads of guests; none of them is the default. */
const POOLS = [0, 1, 2];

const nameOf = (guest: string, workers: number): string =>
  `gateway/${guest}${workers === 0 ? '' : `-workers-${workers}`}`;

interface Row {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly host: string;
  /** How its answers begin: another route is not measured. */
  readonly begins: string;
}

export const gatewayPart: Part = {
  name: 'gateway',
  rows: [
    ...Object.keys(guests).flatMap((guest) => POOLS.map((workers) => nameOf(guest, workers))),
    'gateway/static',
    'gateway/bare-http',
  ],
  counts: 'requests',
  async measure({ effort, only }) {
    const times = await measureGateway({ ...effort, blocks: Math.ceil(effort.blocks / 3) }, only);
    const rows = [...times].map(([name, us]) => {
      const all = spread(us);
      const perSecond = Math.round(1_000_000 / all.median);
      return { name, us: all, blocks: us.length, callsPerBlock: requestsOf(effort), perSecond };
    });
    return { rows, lines: Object.keys(guests).flatMap((guest) => comparison(guest, times)) };
  },
};

/** What workers are worth: each round's blocks are neighbours, and met the same other work. */
function comparison(guest: string, times: ReadonlyMap<string, readonly number[]>): readonly string[] {
  const [inline, ...others] = POOLS.map((workers) => times.get(nameOf(guest, workers)) ?? []);
  const ratios = others.map((worker) => inline?.map((us, round) => us / (worker[round] ?? Number.NaN)) ?? []);
  if (ratios.some((each) => each.length === 0 || each.some(Number.isNaN))) return [];
  const [one, two] = ratios.map((each) => spread(each).median.toFixed(2));
  return [`${nameOf(guest, 0)} is ${one} times as fast with one worker, ${two} times with two`];
}

const requestsOf = ({ warmUp }: Effort): number => warmUp * 4;

/** Microseconds for a request, of each round, for the rows that are wanted. They take turns. */
async function measureGateway(effort: Effort, only: RegExp): Promise<ReadonlyMap<string, readonly number[]>> {
  await using stack = new AsyncDisposableStack();
  const rows = (await startServers(stack)).filter(({ name }) => only.test(name));
  for (const row of rows) await check(row);
  const child = fork(join(import.meta.dirname, 'load.ts'));
  stack.defer(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  });
  const requests = requestsOf(effort);
  const run = async ({ port, path, host }: Row): Promise<number> => {
    const load: Load = { port, request: requestOf(path, host), connections: CONNECTIONS, requests };
    child.send(load);
    const [answer] = (await once(child, 'message')) as [Loaded | { readonly failed: string }];
    if ('failed' in answer) throw new Error(answer.failed);
    if (answer.statuses['200'] !== requests) throw new Error(`Cannot measure: ${JSON.stringify(answer)}`);
    return (answer.seconds * 1_000_000) / requests;
  };
  for (const row of rows) await run(row);
  const times = new Map(rows.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < effort.blocks; round++) {
    for (const row of rows) times.get(row.name)?.push(await run(row));
  }
  return times;
}

async function startServers(stack: AsyncDisposableStack): Promise<Row[]> {
  const rows: Row[] = [];
  let inlinePort = 0;
  for (const workers of POOLS) {
    const port = await startNode(stack, workers);
    if (workers === 0) inlinePort = port;
    for (const guest of Object.keys(guests)) {
      const name = nameOf(guest, workers);
      rows.push({ name, port, path: '/api/echo', host: `${guest}.localhost`, begins: '{"method":"GET"' });
    }
  }
  // Those that are compared are neighbours.
  rows.sort((a, b) => a.host.localeCompare(b.host));
  const bare = stack.use(await bareServer());
  const { port } = bare.address() as AddressInfo;
  const host = 'module.localhost';
  rows.push(
    { name: 'gateway/static', port: inlinePort, path: '/index.html', host, begins: page },
    { name: 'gateway/bare-http', port, path: '/', host, begins: page },
  );
  return rows;
}

/** A node with an application for each guest; its port. */
async function startNode(stack: AsyncDisposableStack, workers: number): Promise<number> {
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-')));
  const config = { 'http-gateway': { port: 0 }, log: { level: 'warn' }, pool: { workers } };
  const node = stack.use(await createNode({ home: home.path, config }));
  for (const [name, built] of Object.entries(guests)) {
    const components = [{ name: 'echo', bytes: await guest(built) }];
    await node.run(applicationOf({ name, components, vfs: createMemoryVfs({ '/www/index.html': page }) }));
  }
  const gateway = node.services.get('http-gateway');
  if (!gateway || !isHttpGateway(gateway)) throw new Error('Cannot measure: the node has no gateway');
  return gateway.port;
}

function requestOf(path: string, host: string): string {
  return [`GET ${path} HTTP/1.1`, `host: ${host}`, 'accept: */*', 'user-agent: bench', '', ''].join('\r\n');
}

async function check({ name, port, path, host, begins }: Row): Promise<void> {
  const sent = get({ port, path, agent: false, headers: { host } });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  if (!body.startsWith(begins)) throw new Error(`Cannot measure ${name}: ${response.statusCode} ${body}`);
}

/** Answers the bytes of the page, and nothing else. */
async function bareServer(): Promise<Server> {
  const body = Buffer.from(page);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length });
    response.end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
