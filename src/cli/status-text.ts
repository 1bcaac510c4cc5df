import type { Status } from '../admin/status.ts';
import type { AppStatus, ModuleStatus } from '../engine/status.ts';
import { printable } from '../telemetry/printable.ts';
import { bytesText, durationText, table } from './columns.ts';

/**
 * The status of an engine as people read it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const queue = { waiting: 1, running: 2, bytes: 2048 };
 * const modules = [{ name: 'api', calls: 7, failed: 0 }];
 * const apps = [{ name: 'shop', version: '1.0.0', state: 'running', modules, queue }] as const;
 * const text = statusText({
 *   version: '0.1.0', pid: 42, started: '2026-08-01T10:00:00Z', uptimeSeconds: 3_700, home: '/home/ann/.hermes',
 *   addresses: ['http://127.0.0.1:7878'], metrics: [], state: 'running', apps,
 *   queue: { ...queue, limits: { events: 10_000, bytes: 1 << 28 } },
 *   pool: { concurrency: 256, running: 2, waiting: 0, workers: 2, workersLost: 0 }, limits: { QUEUE_FULL: 3 },
 *   memory: { residentBytes: 150 << 20, heapBytes: 30 << 20 },
 * });
 * assert.match(text, /^hermes 0\.1\.0 is running for 1 h 1 min: process 42, 150 MiB$/m);
 * assert.match(text, /^shop +1\.0\.0 +running +1 +2 +2 KiB$/m);
 * assert.match(text, /^  api +7 +0$/m);
 * assert.match(text, /QUEUE_FULL 3 times/);
 * ```
 */
export function statusText(status: Status): string {
  const { version, state, pid, uptimeSeconds, memory, home, addresses, metrics, apps } = status;
  const lasting = durationText(uptimeSeconds);
  const lines = [
    `hermes ${version} is ${state} for ${lasting}: process ${pid}, ${bytesText(memory.residentBytes)}`,
    `Data folder  ${home}`,
    ...(addresses.length > 0 ? [`Gateway      ${addresses.join('  ')}`] : []),
    ...(metrics.length > 0 ? [`Metrics      ${metrics.join('  ')}`] : []),
    '',
    ...(apps.length > 0 ? appLines(status) : ['No application is loaded']),
    '',
    ...totals(status),
  ];
  return `${lines.map((line) => printable(line).trimEnd()).join('\n')}\n`;
}

function totals({ queue, pool, limits }: Status): readonly string[] {
  const { waiting, running, bytes, limits: bounds } = queue;
  const { workers, workersLost: lost } = pool;
  const threads = workers > 0 || lost > 0 ? `; ${workers} worker threads, ${lost} lost` : '';
  const reached = Object.entries(limits).map(([code, count]) => `${code} ${times(count)}`);
  return [
    `Queue   ${waiting} waiting, ${running} running, at most ${bounds.events}; ${bytesText(bytes)} of ${bytesText(bounds.bytes)}`,
    `Guests  ${pool.running} running, ${pool.waiting} waiting, at most ${pool.concurrency}${threads}`,
    `Limits  ${reached.length > 0 ? `reached: ${reached.join(', ')}` : 'none reached'}`,
  ];
}

function appLines({ apps, started, uptimeSeconds }: Status): readonly string[] {
  const now = Temporal.Instant.from(started).add({ seconds: uptimeSeconds });
  const head = ['application', 'version', 'state', 'waiting', 'running', 'bytes'];
  const rows = [head, ...apps.map(appRow)];
  const modules = [
    ['  module', 'calls', 'failed', 'last failure'],
    ...apps.flatMap((app) => app.modules.map((module) => moduleRow(module, now))),
  ];
  const appTable = table(rows, 3);
  const moduleTable = table(modules, 1);
  const [moduleHead = '', ...moduleLines] = moduleTable;
  const lines = [appTable[0] ?? ''];
  if (moduleLines.length > 0) lines.push(moduleHead);
  let next = 0;
  for (const [index, { modules }] of apps.entries()) {
    lines.push(appTable[index + 1] ?? '', ...moduleLines.slice(next, next + modules.length));
    next += modules.length;
  }
  return lines;
}

function appRow({ name, version, state, queue }: AppStatus): readonly string[] {
  return [name, version, state, String(queue.waiting), String(queue.running), bytesText(queue.bytes)];
}

function moduleRow(
  { name, calls, failed, lastError }: ModuleStatus,
  now: Temporal.Instant,
): readonly string[] {
  if (!lastError) return [`  ${name}`, String(calls), String(failed), ''];
  const ago = Temporal.Instant.from(lastError.at).until(now).total('seconds');
  const when = ago < 1 ? 'just now' : `${durationText(Math.floor(ago))} ago`;
  return [`  ${name}`, String(calls), String(failed), `${lastError.code}, ${when}`];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
