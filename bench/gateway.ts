/**
 * Requests per second through the whole engine: an answer of a module in a fresh instance, a static file, and the
 * same bytes from `node:http` alone, which is the most that there is to have here. Logs at `warn`.
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
import { type Effort, type Result, spread } from './measure.ts';
import type { Part } from './part.ts';

const CONNECTIONS = 64;
const page = `<!doctype html><title>page</title>${'<p>Some text of a page.</p>'.repeat(60)}`;
const subscriptions = [{ subscription_id: 'api', module_id: 'echo', path_regex: '^/api/' }];

interface Row {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  /** How its answers begin: another route is not measured. */
  readonly begins: string;
}

export const gatewayPart: Part = {
  name: 'gateway',
  rows: ['gateway/module', 'gateway/static', 'gateway/bare-http'],
  counts: 'requests',
  async measure({ effort }) {
    return { rows: await measureGateway({ ...effort, blocks: Math.ceil(effort.blocks / 3) }), lines: [] };
  },
};

/** Measures the three rows, which take turns. */
async function measureGateway({ warmUp, blocks }: Effort): Promise<Result[]> {
  await using stack = new AsyncDisposableStack();
  const rows = await startServers(stack);
  const child = fork(join(import.meta.dirname, 'load.ts'));
  stack.defer(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  });
  const run = async ({ port, path }: Row, requests: number): Promise<number> => {
    const load: Load = { port, request: requestOf(path), connections: CONNECTIONS, requests };
    child.send(load);
    const [answer] = (await once(child, 'message')) as [Loaded | { readonly failed: string }];
    if ('failed' in answer) throw new Error(answer.failed);
    if (answer.statuses['200'] !== requests) throw new Error(`Cannot measure: ${JSON.stringify(answer)}`);
    return (answer.seconds * 1_000_000) / requests;
  };
  for (const row of rows) await run(row, warmUp * 4);
  const requests = warmUp * 4;
  const times = rows.map((): number[] => []);
  for (let round = 0; round < blocks; round++) {
    for (const [index, row] of rows.entries()) times[index]?.push(await run(row, requests));
  }
  return rows.map(({ name }, index) => {
    const us = spread(times[index] as number[]);
    return { name, us, blocks, callsPerBlock: requests, perSecond: Math.round(1_000_000 / us.median) };
  });
}

async function startServers(stack: AsyncDisposableStack): Promise<Row[]> {
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-')));
  const config = { 'http-gateway': { port: 0 }, log: { level: 'warn' } };
  const node = stack.use(await createNode({ home: home.path, config }));
  await node.run(
    applicationOf({
      name: 'bench',
      components: [{ name: 'echo', bytes: await guest('c-echo') }],
      vfs: createMemoryVfs({
        '/share/endpoints.json': JSON.stringify({ subscriptions }),
        '/www/index.html': page,
      }),
    }),
  );
  const gateway = node.services.get('http-gateway');
  if (!gateway || !isHttpGateway(gateway)) throw new Error('Cannot measure: the node has no gateway');
  const bare = stack.use(await bareServer());
  const { port } = gateway;
  const { port: barePort } = bare.address() as AddressInfo;
  const rows = [
    { name: 'gateway/module', port, path: '/api/echo', begins: '{"method":"GET"' },
    { name: 'gateway/static', port, path: '/index.html', begins: page },
    { name: 'gateway/bare-http', port: barePort, path: '/', begins: page },
  ];
  for (const row of rows) await check(row);
  return rows;
}

function requestOf(path: string): string {
  return [`GET ${path} HTTP/1.1`, 'host: bench.localhost', 'accept: */*', 'user-agent: bench', '', ''].join(
    '\r\n',
  );
}

async function check({ name, port, path, begins }: Row): Promise<void> {
  const sent = get({ port, path, agent: false, headers: { host: 'bench.localhost' } });
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
