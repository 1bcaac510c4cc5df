/**
 * What `run` and `playground` have in common: the options of an engine, and waiting for its end.
 *
 * @module
 */
import { isHttpGateway } from '../../extensions/http-gateway/index.ts';
import { createNode, type Node, type NodeOptions, readNodeConfig } from '../../node.ts';
import { createLogger } from '../../telemetry/pino-logger.ts';
import type { Given } from '../command.ts';
import { parsePort, readEnvironment } from '../environment.ts';
import { fail } from '../errors.ts';
import type { Io } from '../io.ts';

/** Reads the options of an engine from the command line and the environment. Throws `USAGE` or `ENV_INVALID`. */
export function readEngineOptions(given: Given, { env }: Io, command: string): NodeOptions {
  const { home, port, logLevel, ipfs } = readEnvironment(env);
  const wanted = given.text('port')[0];
  const chosen = wanted === undefined ? port : parsePort(wanted);
  if (wanted !== undefined && chosen === undefined) {
    throw fail('USAGE', {
      command,
      faults: [`--port must be a port from 0 to 65535; found ${JSON.stringify(wanted)}`],
    });
  }
  const workers = readWorkers(given.text('workers')[0], command);
  const listen = given.text('listen');
  const gateway = {
    ...(chosen !== undefined && { port: chosen }),
    ...(listen.length > 0 && { listen }),
  };
  const metrics = given.text('metrics');
  const level = given.flag('verbose') ? 'debug' : logLevel;
  const configFile = given.text('config')[0];
  return {
    home: given.text('home')[0] ?? home,
    ...(configFile !== undefined && { configFile }),
    overrides: {
      ...(Object.keys(gateway).length > 0 && { 'http-gateway': gateway }),
      ...(level !== undefined && { log: { level } }),
      ...(metrics.length > 0 && { metrics: { listen: metrics } }),
      ...(workers !== undefined && { pool: { workers } }),
      ...(Object.keys(ipfs).length > 0 && { ipfs: { ...ipfs } }),
    },
  };
}

/** The configuration says which numbers are good; here it only has to be one. */
function readWorkers(text: string | undefined, command: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  const found = JSON.stringify(text);
  throw fail('USAGE', { command, faults: [`--workers must be a number, 0 or more; found ${found}`] });
}

/** Starts an engine, hands it over to be loaded, and waits for its end. Answers the exit code. */
export async function runEngine(
  options: NodeOptions,
  io: Io,
  load: (node: Node) => Promise<void>,
): Promise<number> {
  const { log: configured, stop } = await readNodeConfig(options);
  const pretty = configured.format === 'auto' ? {} : { pretty: configured.format === 'pretty' };
  const colors = io.colors ? {} : { colors: false };
  const log = createLogger({ level: configured.level, stream: io.log, ...colors, ...pretty });
  const interrupt = Promise.withResolvers<'interrupted'>();
  const second = new AbortController();
  let signals = 0;
  using _signals = io.onSignal((signal) => {
    signals += 1;
    if (signals === 1) interrupt.resolve('interrupted');
    else second.abort(new Error(`A second ${signal} came`));
  });
  await using node = await createNode({ ...options, log });
  const loaded = await Promise.race([load(node).then(() => 'loaded' as const), interrupt.promise]);
  if (loaded === 'loaded') announce(node, io);
  const ended = loaded === 'loaded' ? await Promise.race([node.done, interrupt.promise]) : loaded;
  const seconds = stop.seconds;
  if (ended === 'interrupted') {
    const { waiting, running } = node.status().queue;
    const slow = `: events that run may take ${seconds} s to end; Ctrl-C ends them now`;
    io.err(`Stopping${waiting + running > 0 ? slow : ''}\n`);
  }
  const signal = AbortSignal.any([second.signal, AbortSignal.timeout(seconds * 1000)]);
  await node.drain({ signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    io.err(
      second.signal.aborted
        ? 'Ended what was still running\n'
        : `Ended what was still running after ${seconds} s\n`,
    );
  });
  return ended === 'interrupted' ? 0 : ended;
}

/** Prints where each application is. */
function announce(node: Node, io: Io): void {
  for (const service of node.services.values()) {
    if (!isHttpGateway(service)) continue;
    for (const name of node.apps.keys()) io.out(`${name} runs at ${service.urlOf(name)}\n`);
  }
}

/** Prints the effective configuration if that was asked for; answers whether it was. */
export async function printConfig(given: Given, io: Io, options: NodeOptions): Promise<boolean> {
  if (!given.flag('print-config')) return false;
  const { effective } = await readNodeConfig(options);
  io.out(`${JSON.stringify(effective, undefined, 2)}\n`);
  return true;
}
