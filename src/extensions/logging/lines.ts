/**
 * What one event writes to the log, and no more than that.
 *
 * @module
 */
import type { Logger, LogLevel } from '../../telemetry/logger.ts';
import { readData } from './data.ts';

/** The arguments of `hermes:logging/api#log`. */
export interface Line {
  /** Levels of the WIT and of the engine have the same names. */
  readonly level: LogLevel;
  readonly file?: string | undefined;
  readonly function?: string | undefined;
  readonly line?: number | undefined;
  readonly col?: number | undefined;
  readonly ctx?: string | undefined;
  readonly msg: string;
  readonly data?: string | undefined;
}

export interface LineLimits {
  readonly lines: number;
  /** Bytes of UTF-8 of the guest's texts. */
  readonly bytes: number;
}

export interface Lines extends Disposable {
  write(line: Line): void;
}

/**
 * Writes the lines of one event to `log`, which carries who it is. Past a limit one line says so and the rest is
 * dropped; disposal, at the end of the event, says how many there were.
 *
 * What a guest says is always the value of a field, never a message, a level or the name of a field, so that no
 * guest can write a line that looks like the engine's.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createCollector } from '../../telemetry/collector.ts';
 * const log = createCollector();
 * using lines = createLines(log, { lines: 1, bytes: 1_000 });
 * lines.write({ level: 'info', msg: 'Posted', data: '{"id":7}' });
 * lines.write({ level: 'info', msg: 'Posted again' });
 * assert.deepEqual(log.lines[0]?.fields, { text: 'Posted', data: { id: 7 } });
 * assert.equal(log.lines[1]?.level, 'warn');
 * ```
 */
export function createLines(log: Logger, limits: LineLimits): Lines {
  let lines = 0;
  let bytes = 0;
  let dropped = 0;

  return {
    write(line) {
      if (dropped === 0) {
        lines += 1;
        bytes += size(line);
        if (lines <= limits.lines && bytes <= limits.bytes) {
          log[line.level]('Guest says', fields(line));
          return;
        }
        log.warn('Guest log limit reached, the rest of this event is dropped', { limits });
      }
      dropped += 1;
    },
    [Symbol.dispose]() {
      if (dropped > 0) log.warn('Guest log lines dropped', { dropped });
      dropped = 0;
    },
  };
}

function fields({ msg, data, ctx, file, function: name, line, col }: Line): Record<string, unknown> {
  return {
    text: msg,
    ...(data !== undefined && readData(data)),
    ...(ctx !== undefined && { ctx }),
    ...(file !== undefined && { file }),
    ...(name !== undefined && { function: name }),
    ...(line !== undefined && { line }),
    ...(col !== undefined && { col }),
  };
}

function size({ msg, data = '', ctx = '', file = '', function: name = '' }: Line): number {
  let bytes = 0;
  for (const text of [msg, data, ctx, file, name]) bytes += Buffer.byteLength(text);
  return bytes;
}
