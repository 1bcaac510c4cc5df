/**
 * The entry of the node's thread. It ends when it is told to; an error that nobody handled ends it too, and is the
 * main thread's to report.
 *
 * @module
 */
import { createClock } from '../../../lib/clock.ts';
import { createSharedClock } from '../../../lib/shared-clock.ts';
import { type Inside, insideThread, wholeBuffers } from '../../../lib/thread.ts';
import { cloneable, toWire } from '../../../lib/wire.ts';
import type { LogFields, Logger } from '../../../telemetry/logger.ts';
import { loggerOver } from '../../../telemetry/logger-over.ts';
import type { FromNode, ThreadStart, ToNode } from '../link/protocol.ts';
import { HandedOver, type Surroundings } from './part.ts';
import { allParts } from './parts.ts';
import { type RunningNode, runNode } from './run-node.ts';

const inside = insideThread<ToNode, FromNode>(refused);
if (inside) await serve(inside);

type Port = Inside<ToNode, FromNode>;

async function serve(port: Port): Promise<void> {
  const { folder, config, clock: shared } = port.data as ThreadStart;
  const clock = shared ? createSharedClock(shared) : createClock();
  let node: RunningNode;
  try {
    node = await runNode(
      { folder, config, ...(await allParts(config)) },
      {
        clock,
        log: loggerTo(port),
        count: createCounts(port),
        tell: (news, moved = []) => port.send({ type: 'news', news }, wholeBuffers(moved)),
      },
    );
  } catch (error) {
    port.send({ type: 'failed', error: toWire(error) });
    port.close();
    return;
  }
  const calls = new Map<number, AbortController>();
  port.onMessage((message) => {
    switch (message.type) {
      case 'call':
        return void answer(port, { node, calls }, message);
      case 'cancel':
        return calls.get(message.id)?.abort(new Error('Nobody waits for this call any more'));
      case 'ping':
        port.send({ type: 'pong', ping: message.ping, gauges: node.gauges() });
        return port.flush();
      case 'stop':
        return void stop(port, { node, calls });
    }
  });
  port.send({ type: 'ready', peer: node.peer, addresses: node.addresses });
}

/** Until what was counted is told: peers can make any number of things happen. */
const COUNTS_MS = 100;

function createCounts(port: Port): Surroundings['count'] {
  const counts = new Map<string, Extract<FromNode, { readonly type: 'count' }>>();
  const tell = (): void => {
    for (const count of counts.values()) port.send(count);
    counts.clear();
  };
  return (name, labels = {}, by = 1) => {
    if (counts.size === 0) setTimeout(tell, COUNTS_MS).unref();
    const key = `${name} ${Object.values(labels).join(' ')}`;
    const before = counts.get(key)?.by ?? 0;
    counts.set(key, { type: 'count', name, labels, by: before + by });
  };
}

interface Serving {
  readonly node: RunningNode;
  readonly calls: Map<number, AbortController>;
}

async function answer(
  port: Port,
  { node, calls }: Serving,
  { id, app, method, args }: Extract<ToNode, { readonly type: 'call' }>,
): Promise<void> {
  const abort = new AbortController();
  calls.set(id, abort);
  try {
    const value = await node.call(method, { app, signal: abort.signal }, args);
    if (value instanceof HandedOver) {
      const buffers = value.bytes.map(({ buffer }) => buffer);
      port.send({ type: 'answer', id, value: value.value }, buffers);
    } else port.send({ type: 'answer', id, value });
  } catch (error) {
    port.send({ type: 'refusal', id, error: toWire(error) });
  } finally {
    calls.delete(id);
  }
}

async function stop(port: Port, { node, calls }: Serving): Promise<void> {
  for (const call of calls.values()) call.abort(new Error('The node stops'));
  try {
    await node[Symbol.asyncDispose]();
  } catch (error) {
    loggerTo(port).warn('IPFS node did not stop clean', {}, error);
  }
  port.send({ type: 'stopped' });
  port.close();
}

/** What cannot cross is a fault of the part that answered it. */
function refused(message: FromNode, error: unknown): void {
  if (message.type === 'answer') inside?.send({ type: 'refusal', id: message.id, error: toWire(error) });
  else if (inside) loggerTo(inside).error('IPFS node cannot tell something', { what: message.type }, error);
}

function loggerTo(port: Port): Logger {
  return loggerOver((level, message, all, error) => {
    const fields = cloneable(all) as LogFields;
    port.send({
      type: 'log',
      level,
      message,
      fields,
      error: error === undefined ? undefined : toWire(error),
    });
  });
}
