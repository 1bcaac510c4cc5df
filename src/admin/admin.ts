import type { Engine } from '../engine/engine.ts';
import type { Clock } from '../engine/extension.ts';
import { parseAddress } from '../lib/address.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { MetricsRegistry } from '../telemetry/metrics.ts';
import type { AdminMethods } from './conversation.ts';
import { healthOf } from './health.ts';
import { createMetricsServer } from './metrics-server.ts';
import { createPages } from './pages.ts';
import { addProcessMetrics } from './process-metrics.ts';
import { createAdminServer } from './server.ts';
import { limitsReached, type Status } from './status.ts';

export interface AdminOptions {
  /** The data folder, absolute; whoever calls has its lock. */
  readonly home: string;
  readonly version: string;
  /** Calls that may be in guests at the same time. */
  readonly concurrency: number;
  /** Addresses that serve /metrics and /healthz, as `127.0.0.1:9464`; each must parse. */
  readonly listen: readonly string[];
  /** Asked when somebody looks: where the gateway listens. */
  readonly addresses: () => readonly string[];
  /** What can be asked besides `status`, `metrics` and `health`. */
  readonly methods?: AdminMethods;
}

export interface AdminDeps {
  readonly engine: Pick<Engine, 'status'>;
  readonly metrics: MetricsRegistry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The ways to look at a running engine. */
export interface Admin extends AsyncDisposable {
  /** The admin socket. */
  readonly path: string;
  /** Where /metrics and /healthz are served, as `http://127.0.0.1:9464`. */
  readonly addresses: readonly string[];
  status(): Status;
}

/**
 * Opens the admin socket and the addresses for monitors. Rejects with `ADMIN_SOCKET`, `METRICS_PORT_IN_USE` or
 * `METRICS_LISTEN`; nothing is left then.
 *
 * `createNode` makes one; see there for an example.
 */
export async function createAdmin(options: AdminOptions, deps: AdminDeps): Promise<Admin> {
  const { home, version, listen } = options;
  const { engine, metrics, clock, log } = deps;
  const started = { at: clock.now(), monotonic: clock.monotonic() };
  await using stack = new AsyncDisposableStack();
  stack.use(addProcessMetrics({ version, metrics, clock }));
  const health = (): ReturnType<typeof healthOf> => healthOf(engine.status());
  const pages = createPages({ metrics: () => metrics.text(), health, log });
  const open = stack.use(
    await createMetricsServer(
      listen.map(parseAddress).filter((address) => address !== undefined),
      pages,
    ),
  );
  for (const url of open.addresses) log.info('Serving metrics', { url: `${url}/metrics` });

  const status = (): Status => ({
    version,
    pid: process.pid,
    started: started.at.toString(),
    uptimeSeconds: Number((clock.monotonic() - started.monotonic) / 1_000_000_000n),
    home,
    addresses: options.addresses(),
    metrics: open.addresses,
    ...engine.status(),
    pool: {
      concurrency: options.concurrency,
      running: metrics.value('hermes_instances'),
      waiting: metrics.value('hermes_instances_awaited'),
      workers: metrics.value('hermes_workers'),
      workersLost: metrics.value('hermes_workers_lost_total'),
    },
    limits: limitsReached(metrics),
    memory: { residentBytes: process.memoryUsage.rss(), heapBytes: process.memoryUsage().heapUsed },
  });
  const methods = { ...options.methods, status, health, metrics: () => ({ text: metrics.text() }) };
  const server = stack.use(await createAdminServer({ home, methods, pages }, { log }));
  const running = stack.move();
  return {
    path: server.path,
    addresses: open.addresses,
    status,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
