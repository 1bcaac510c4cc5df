import type { ComponentLogger, Logger as LibraryLogger } from '@libp2p/interface';
import type { Logger } from '../../../telemetry/logger.ts';

/** Lines in each second; a peer can cause any number of them. */
const PER_SECOND = 10;

/**
 * What helia and libp2p log as errors, as `debug` lines of ours: most of them are a peer that went away. The rest of
 * what they say is not written. `now` is in milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createCollector } from '../../../telemetry/collector.ts';
 * const log = createCollector();
 * libraryLog(log, () => 0).forComponent('libp2p').error('Cannot dial %a', '/ip4/127.0.0.1/tcp/1');
 * assert.deepEqual(log.lines[0]?.fields, { component: 'libp2p', said: 'Cannot dial %a', with: ['/ip4/127.0.0.1/tcp/1'] });
 * ```
 */
export function libraryLog(log: Logger, now: () => number): ComponentLogger {
  let second = 0;
  let lines = 0;
  function say(component: string, said: unknown, values: readonly unknown[]): void {
    const current = Math.floor(now() / 1_000);
    if (current !== second) [second, lines] = [current, 0];
    if (++lines > PER_SECOND) return;
    const fields = { component, said: textOf(said), with: values.map(textOf) };
    log.debug('A library of the IPFS node reports an error', fields);
  }
  const forComponent = (name: string): LibraryLogger => {
    const quiet = (): void => undefined;
    const error = (said: unknown, ...values: unknown[]): void => say(name, said, values);
    const newScope = (scope: string): LibraryLogger => forComponent(`${name}:${scope}`);
    return Object.assign(quiet, { error, trace: quiet, enabled: false, newScope });
  };
  return { forComponent };
}

function textOf(value: unknown): string {
  const text = Error.isError(value) ? `${value.name}: ${value.message}` : String(value);
  return text.slice(0, 200);
}
