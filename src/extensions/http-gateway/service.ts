/**
 * The half that owns the sockets.
 *
 * @module
 */
import type { Server } from 'node:http';
import type { AttachedApp, ExtensionContext, ExtensionService } from '../../engine/extension.ts';
import { isCoded } from '../../lib/errors.ts';
import type { Vfs } from '../../vfs/vfs.ts';
import { type Answer, refusal } from './answer.ts';
import { type HttpGatewayConfig, parseConfig } from './config.ts';
import type { Connection, Exchange } from './connection.ts';
import { withoutQuery } from './dispatch.ts';
import { fail } from './errors.ts';
import { createGateway, type Outcome, type Served } from './gateway.ts';
import { createIntakes, type Intakes } from './intake.ts';
import { type Listening, listen } from './listen.ts';
import { createLoads } from './loads.ts';
import { createMeter } from './meter.ts';
import { createRoom, type Room } from './room.ts';
import { authWanted } from './routes/auth.ts';
import { type Endpoints, readEndpoints } from './routes/endpoints.ts';
import { createSeats } from './seats.ts';
import { send } from './send.ts';
import { createHttpServer } from './server.ts';
import { createVariants } from './static/variants.ts';
import { createWatch, type Watch, type Watching } from './watch/watching.ts';

export interface HttpGatewayService extends ExtensionService {
  /** Where it listens, as `http://127.0.0.1:7878`. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Where a person on this machine finds an application, as `http://shop.localhost:7878/`. */
  urlOf(app: string): string;
  /**
   * From now on pages reload themselves when they are told: for `hermes run --watch`. No configuration does this,
   * and without it pages are served byte by byte.
   */
  watch(): Watching;
}

/** Files of `share/` that tell the gateway something are small. */
const MAX_SHARE_BYTES = 4 * 1024 * 1024;
/** What is left to be written when the engine has stopped has this long. */
const FLUSH_MS = 1000;

/** Listens, and serves the applications that are attached. */
export async function startGateway(context: ExtensionContext): Promise<HttpGatewayService> {
  const { clock, log } = context;
  const config = parseConfig(context.config);
  const loads = createLoads();
  const { apps } = loads;
  const connections = new Set<Connection>();
  const variants = createVariants({ maxBytes: config.cacheBytes, clock });
  let closing = false;
  let watch: Watch | undefined;
  const intakes = createIntakes();
  const seats = createSeats({ max: config.maxConnections, freed: () => room.wake() });
  const room: Room = createRoom({ maxBytes: config.maxWaitingBytes, waitMs: config.roomTimeoutMs, seats });
  context.metrics.gauge('hermes_http_requests_waiting', 'Requests that wait for room', () => room.waiting);
  const shared = { context, config, intakes, isClosing: () => closing };
  const gateway = { ...shared, apps, variants, room, watch: () => watch };
  const answer = createGateway(gateway);
  const sending = new Set<Promise<void>>();
  const handle = handler({ ...shared, answer, sending });
  const listening = await listen({
    ...config,
    createServer: () => createHttpServer({ config, handle, clock, log, connections, seats }),
    log,
  });
  for (const url of listening.addresses) log.info('Listening', { url });

  return {
    addresses: listening.addresses,
    port: listening.port,
    urlOf: (app) => `http://${app}.localhost:${listening.port}/`,
    watch() {
      watch ??= createWatch(clock);
      return watch;
    },
    async attach(app) {
      const served: Served = { app, vfs: app.vfs, endpoints: await readShare(app, log) };
      const leave = loads.add(served);
      return {
        calls: {},
        ready: () => loads.serve(served),
        async [Symbol.asyncDispose]() {
          leave();
          variants.forget(served);
        },
      };
    },
    async close() {
      closing = true;
      watch?.close();
      for (const server of listening.servers) if (server.listening) server.close();
    },
    async [Symbol.asyncDispose]() {
      if (closing) await flush(sending);
      closing = true;
      await stop(listening, connections);
    },
  };
}

interface HandlerOptions {
  readonly answer: (exchange: Exchange) => Promise<Outcome>;
  readonly context: ExtensionContext;
  readonly config: HttpGatewayConfig;
  readonly intakes: Intakes;
  /** Answers on their way are added, and taken away when they arrived. */
  readonly sending: Set<Promise<void>>;
  readonly isClosing: () => boolean;
}

/** Answers one request and says so in one line. */
function handler(options: HandlerOptions): (exchange: Exchange) => Promise<void> {
  const { answer, context, config, intakes, sending, isClosing } = options;
  const { clock, log, metrics } = context;
  const count = createMeter(metrics);
  return async (exchange) => {
    const { request, response } = exchange;
    const started = clock.monotonic();
    const { method, url = '' } = request;
    const fields = { method, path: withoutQuery(url) };
    let outcome: Outcome;
    try {
      outcome = await answer(exchange);
    } catch (cause) {
      log.error('Request failed', fields, isCoded(cause) ? cause : fail('HTTP_FAILED', {}, cause));
      outcome = { answer: failure() };
    }
    const { app, answer: found, stream } = outcome;
    if (stream) await stream(response);
    else if (found === undefined) response.destroy();
    else {
      const sent = send({ request, response }, found, {
        close: isClosing(),
        timeoutMs: config.sendTimeoutMs,
        intake: intakes.of(),
      });
      sending.add(sent);
      try {
        await sent;
      } catch (cause) {
        response.destroy();
        log.error(
          'Answer broke off',
          { ...fields, app },
          isCoded(cause) ? cause : fail('HTTP_FAILED', {}, cause),
        );
      }
      sending.delete(sent);
    }
    const { status = stream && 200, module } = found ?? {};
    const seconds = Number(clock.monotonic() - started) / 1e9;
    count({ app, status, seconds });
    const ms = Math.round(seconds * 1e5) / 100;
    log.info('Request', {
      ...fields,
      status: status ?? 'gone',
      ms,
      ...(app && { app }),
      ...(module && { module }),
    });
  };
}

function failure(): Answer {
  return refusal(500, { text: 'The server failed to answer', navigation: false, isolation: [] });
}

async function readShare({ vfs, modules }: AttachedApp, log: ExtensionContext['log']): Promise<Endpoints> {
  const wanted = authWanted(await textAt(vfs, '/share/auth.json'), modules);
  if (wanted.length > 0) throw fail('HTTP_AUTH_UNSUPPORTED', { faults: wanted });
  const text = await textAt(vfs, '/share/endpoints.json');
  if (text === undefined) return { routes: [], immutable: [] };
  const { faults, ...endpoints } = readEndpoints(text, modules);
  if (faults.length > 0) throw fail('HTTP_ENDPOINTS', { faults });
  log.debug('Routes read', { routes: endpoints.routes.length });
  return endpoints;
}

async function textAt(vfs: Vfs, path: string): Promise<string | undefined> {
  const stat = await vfs.stat(path);
  if (stat?.kind !== 'file') return undefined;
  return new TextDecoder().decode(await vfs.readFile(path, { maxBytes: MAX_SHARE_BYTES }));
}

/** Lets answers that are on their way arrive, if they do so soon. */
async function flush(sending: ReadonlySet<Promise<void>>): Promise<void> {
  // What a module answered just now is on its way after this turn.
  await new Promise(setImmediate);
  if (sending.size === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FLUSH_MS);
  void Promise.allSettled(sending).then(() => resolve());
  await promise.finally(() => clearTimeout(timer));
}

async function stop({ servers }: Listening, connections: ReadonlySet<Connection>): Promise<void> {
  for (const connection of connections) connection.destroy();
  await Promise.all(servers.map(closed));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A server that is closed says so by an error, which is what is wanted here.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
