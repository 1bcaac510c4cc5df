/**
 * A whole engine in this process, with an application from a folder, and a client for it.
 *
 * @module
 */
import { request } from 'node:http';
import { buildModule } from '../../src/build/build-module.ts';
import { installedWit } from '../../src/cli/wit.ts';
import type { Clock } from '../../src/engine/extension.ts';
import type { HttpGatewayService } from '../../src/extensions/http-gateway/index.ts';
import { createNode, type Node } from '../../src/node.ts';
import type { BuildModule } from '../../src/package/load-folder.ts';
import { type Collector, createCollector } from '../../src/telemetry/collector.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The body as JSON. */
  readonly json: any;
}

export interface Sent {
  /** Sent as JSON unless it is a string or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Running extends AsyncDisposable {
  readonly node: Node;
  readonly log: Collector;
  /** Where a browser finds the application. */
  readonly url: string;
  ask(method: string, path: string, sent?: Sent): Promise<Answered>;
}

/** Where guests run: what holds for one holds for the other, so tests of behaviour run with both. */
export const pools = [
  { name: 'in the main thread', workers: 0 },
  { name: 'in two threads', workers: 2 },
] as const;

export interface StartOptions {
  readonly home: string;
  /** Threads for guests; none by default. */
  readonly workers?: number;
  readonly log?: Collector;
  /** That of the machine by default. */
  readonly clock?: Clock;
}

/** Starts a node in `home` with the application in `folder`, built from its sources where it has some. */
export async function start(
  folder: string,
  { home, log = createCollector(), clock, workers = 0 }: StartOptions,
): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const config = { 'http-gateway': { port: 0 }, pool: { workers } };
  const node = stack.use(await createNode({ home, log, config, ...(clock && { clock }) }));
  const app = await node.run(folder, { build: await builder() });
  const gateway = node.services.get('http-gateway') as HttpGatewayService;
  const { port } = gateway;
  const running = stack.move();
  return {
    node,
    log,
    url: `http://${app.name}.localhost:${port}/`,
    ask: (method, path, sent) => ask({ port, host: `${app.name}.localhost`, method, path }, sent),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What builds modules for an engine with all extensions. */
async function builder(): Promise<BuildModule> {
  const wit = await installedWit();
  return async (folder) => (await buildModule(folder, { wit })).bytes;
}

export interface Asked {
  readonly port: number;
  readonly host: string;
  readonly method: string;
  readonly path: string;
}

/** One request to a gateway on this machine. */
export function ask(
  { port, host, method, path }: Asked,
  { body, headers = {} }: Sent = {},
): Promise<Answered> {
  const plain = typeof body === 'string' || body instanceof Uint8Array;
  const content = body === undefined || plain ? body : JSON.stringify(body);
  const type = body === undefined || plain ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, agent: false };
    const sent = request({ ...options, headers: { host, ...type, ...headers } }, async (response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of response) chunks.push(chunk as Uint8Array);
      const text = Buffer.concat(chunks).toString('utf8');
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        get json() {
          return JSON.parse(text);
        },
      });
    });
    sent.on('error', reject);
    sent.end(content);
  });
}
