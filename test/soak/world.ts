/**
 * A whole node with guests of five languages, and a mix of events for them.
 *
 * @module
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportName, ExtensionContext, HostEvent, Source } from '../../src/engine/extension.ts';
import { allExtensions } from '../../src/extensions/all.ts';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { createNode, type Node } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { createGate } from '../../src/pool/fixtures/gate.ts';
import { createLogger } from '../../src/telemetry/pino-logger.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { seed } from '../count.ts';
import { hardComponent } from '../e2e/hard/world.ts';
import { ask } from '../e2e/support.ts';
import { guest } from '../guests/build.ts';
import type { Remembered } from './left.ts';

const REPLY: ExportName = 'hermes:http-gateway/event#reply';
const HOUR_MS = 3_600_000;
const ON_CRON: ExportName = 'hermes:cron/event#on-cron';

/** One application for each of them; `c` also goes round in circles through the store and cron. */
export const apps = ['c', 'rust', 'script', 'assembly', 'text'] as const;
export type AppName = (typeof apps)[number];

export interface SoakWorld extends AsyncDisposable {
  readonly node: Node;
  /** Lines of the log from `warn` on that nobody expects. */
  readonly complaints: readonly string[];
  /** Events that left the queue. */
  readonly handled: number;
  /** One event of the mix, or one request; rejects when it is not answered as it should be. */
  one(): Promise<void>;
  /** Puts other bytes in the place of the next application in turn. */
  reload(): Promise<void>;
}

/** The bytes of each guest; built when they are not in the cache. */
export async function soakGuests(): Promise<ReadonlyMap<AppName, Uint8Array<ArrayBuffer>>> {
  const names = { rust: 'rust-serde', script: 'js-full', assembly: 'as-echo', text: 'wat-cron' } as const;
  const bytes = new Map<AppName, Uint8Array<ArrayBuffer>>([['c', await hardComponent()]]);
  for (const [app, name] of Object.entries(names)) bytes.set(app as AppName, await guest(name));
  return bytes;
}

export interface SoakOptions {
  readonly workers: number;
  readonly guests: Awaited<ReturnType<typeof soakGuests>>;
  /** Is told of what must not stay. */
  readonly remembered: Remembered;
}

/** Starts all of it. */
export async function soakWorld({ workers, guests, remembered }: SoakOptions): Promise<SoakWorld> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-soak-')));
  const complaints: string[] = [];
  const write = (line: string): void => {
    // What ends a circle through the store is expected; it is said at every doubling.
    if (!line.includes('CAUSE_DEPTH')) complaints.push(line);
  };
  const contexts: ExtensionContext[] = [];
  const start = (context: ExtensionContext): void => void contexts.push(context);
  const node = stack.use(
    await createNode({
      home: home.path,
      log: createLogger({ level: 'warn', pretty: false, stream: { write } }),
      config: {
        // A slow machine is no leak.
        'http-gateway': {
          port: 0,
          headersTimeoutMs: HOUR_MS,
          requestTimeoutMs: HOUR_MS,
          sendTimeoutMs: HOUR_MS,
        },
        limits: { wallClockMs: HOUR_MS },
        stop: { seconds: HOUR_MS / 1_000 },
        pool: { workers },
      },
      extensions: [...allExtensions(), createGate().extension({ start })],
    }),
  );
  remembered.add('node', node);
  const [context] = contexts;
  const gateway = node.services.get('http-gateway');
  if (!context || !gateway || !isHttpGateway(gateway)) throw new Error('The node lacks an extension');
  remembered.add('gateway', gateway);
  const world = new World({ node, port: gateway.port, emit: context.emit, guests, remembered, complaints });
  for (const app of apps) await world.load(app);
  const running = stack.move();
  return Object.assign(world, { [Symbol.asyncDispose]: () => running.disposeAsync() });
}

interface Parts {
  readonly node: Node;
  readonly port: number;
  readonly emit: ExtensionContext['emit'];
  readonly guests: SoakOptions['guests'];
  readonly remembered: Remembered;
  readonly complaints: readonly string[];
}

class World {
  readonly #parts: Parts;
  readonly complaints: readonly string[];
  readonly #random = randomOf(seed);
  #loads = 0;
  #requests = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.complaints = parts.complaints;
  }

  get node(): Node {
    return this.#parts.node;
  }

  get handled(): number {
    const { metrics } = this.node;
    const of = (app: string, outcome: string) =>
      metrics.value('hermes_events_handled_total', { app, outcome }) ?? 0;
    return apps.reduce((sum, app) => sum + of(app, 'ok') + of(app, 'dropped'), 0);
  }

  /** Loads it, or its next version. Its tag is armed again: what a load had armed is gone with it. */
  async load(name: AppName): Promise<void> {
    const { node, guests, remembered } = this.#parts;
    const bytes = withNote(guests.get(name) ?? new Uint8Array(), `${++this.#loads}`);
    const vfs = createMemoryVfs({});
    remembered.add(`bytes of ${name}, load ${this.#loads}`, bytes);
    remembered.add(`files of ${name}, load ${this.#loads}`, vfs);
    const application = applicationOf({ name, components: [{ name: 'api', bytes }], vfs });
    const attached = node.apps.has(name) ? await node.reload(application) : await node.run(application);
    remembered.add(`application ${name}, load ${this.#loads}`, attached);
    if (name === 'c') await this.#ask(name, 'POST', '/api/armed');
  }

  async reload(): Promise<void> {
    await this.load(apps[this.#loads % apps.length] ?? 'c');
  }

  /** In a thousand: 940 events, 59 requests over HTTP, and one circle of 33 events through the store. */
  one(): Promise<void> {
    const kind = this.#random(1_000);
    if (kind === 0) return this.#ask('c', 'POST', '/api/own');
    if (kind < 20) return this.#ask('c', 'PUT', '/api/echo', 'four');
    if (kind < 40) return this.#ask('rust', 'GET', '/api/count');
    if (kind < 60) return this.#ask('assembly', 'GET', '/api/echo');
    if (kind < 250) return this.#request('c', 'PUT', '/api/echo', this.#random(4_000));
    if (kind < 400) return this.#request('rust', 'GET', '/api/ping');
    if (kind < 500) return this.#request('rust', 'PUT', '/api/echo', this.#random(10_000));
    if (kind < 550) return this.#tick('rust');
    if (kind < 620) return this.#request('script', 'GET', '/api/any', this.#random(1_000));
    if (kind < 650) return this.#tick('script');
    if (kind < 800) return this.#request('assembly', 'PUT', '/api/echo', this.#random(1_000));
    return this.#tick('text');
  }

  async #ask(app: AppName, method: string, path: string, body?: string): Promise<void> {
    const sent = body === undefined ? {} : { body };
    const { status, text } = await ask(
      { port: this.#parts.port, host: `${app}.localhost`, method, path },
      sent,
    );
    if (status !== 200) throw new Error(`${app} answers ${method} ${path} with ${status}: ${text}`);
  }

  async #request(app: AppName, method: string, path: string, length = 0): Promise<void> {
    const body = new Uint8Array(length);
    const headers = [['host', [`${app}.localhost`]]];
    const args = [body, headers, path, method];
    await this.#event({ app, name: REPLY, reply: 'first', args, bytes: length }, [
      'soak',
      String(++this.#requests),
    ]);
  }

  /** Of one in a hundred tags, so that some have to wait for each other. */
  async #tick(app: AppName): Promise<void> {
    const tag = `tag-${this.#random(100)}`;
    const args = [{ when: '* * * * *', tag }, false];
    await this.#event({ app, name: ON_CRON, reply: 'all', args }, ['soak', 'tick', tag]);
  }

  async #event(event: Omit<HostEvent, 'source' | 'modules'>, source: Source): Promise<void> {
    const [reply] = await this.#parts.emit({ ...event, source, modules: 'exporting' }).done;
    if (!reply?.ok) throw new Error(`${event.app} fails at ${event.name}`, { cause: reply?.error });
  }
}

/** The same component with a note at its end: other bytes, so it is compiled anew. */
function withNote(bytes: Uint8Array, note: string): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode('note');
  const text = new TextEncoder().encode(note);
  const head = Uint8Array.of(0, 1 + name.length + text.length, name.length);
  return new Uint8Array(Buffer.concat([bytes, head, name, text]));
}

/** Whole numbers from 0 below `most`: the same ones each time (mulberry32). */
function randomOf(first: number): (most: number) => number {
  let state = first;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * most);
  };
}
