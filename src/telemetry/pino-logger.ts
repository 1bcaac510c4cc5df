import pino from 'pino';
import type { Log, LogFields, Logger, LogLevel } from './logger.ts';
import { plain, plainError } from './plain.ts';
import { prettyLine } from './pretty.ts';

/** Where lines go; any writable stream will do. */
export interface LogStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface LoggerOptions {
  /** Lines below it are not written; `info` by default. Stacks of errors are written at `debug` and below. */
  readonly level?: LogLevel;
  /** Standard error by default: standard output belongs to results. */
  readonly stream?: LogStream;
  /** One line for people instead of one JSON object; by default when the stream is a terminal. */
  readonly pretty?: boolean;
  /** Colours in pretty lines; by default when the stream is a terminal. */
  readonly colors?: boolean;
}

/** Keys that are the log's own; a field of this name gets an underscore behind it. */
const OWN: ReadonlySet<string> = new Set(['time', 'level', 'msg', 'error']);

/**
 * Writes lines: for people on a terminal, else one JSON object each with `time` (milliseconds since 1970),
 * `level`, `msg` and the fields. Values may come from guests and clients: they are cut to a bearable size, are
 * never a key or a level of ours, and cannot move a terminal. Writing never throws.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const lines: string[] = [];
 * const log = createLogger({ stream: { write: (line) => lines.push(line) } });
 * log.child({ app: 'shop' }).info('Application runs', { level: 'evil' });
 * const { level, msg, app, level_ } = JSON.parse(lines[0] ?? '');
 * assert.deepEqual([level, msg, app, level_], ['info', 'Application runs', 'shop', 'evil']);
 * ```
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', stream = process.stderr } = options;
  const { pretty = stream.isTTY === true, colors = stream.isTTY === true } = options;
  const sink = pretty
    ? { write: (line: string) => void stream.write(prettyLine(JSON.parse(line), { colors })) }
    : { write: (line: string) => void stream.write(line) };
  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":${Temporal.Now.instant().epochMilliseconds}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return loggerOver(() => root, { root, stack: level === 'debug' || level === 'trace' });
}

interface Common {
  /** Knows which levels are written; those of its children are the same. */
  readonly root: pino.Logger;
  readonly stack: boolean;
}

const silent: Log = () => {};

function loggerOver(target: () => pino.Logger, common: Common): Logger {
  const at = (level: LogLevel): Log => {
    // Levels stay as they were made, and every event passes some that are not written.
    if (!common.root.isLevelEnabled(level)) return silent;
    return (message, fields, error) => {
      const shown = fields ? clean(fields) : {};
      if (error !== undefined) shown['error'] = plainError(error, { stack: common.stack });
      target()[level](shown, message);
    };
  };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child(fields) {
      // Every call of a guest has a child, and most of them never write.
      let made: pino.Logger | undefined;
      const own = (): pino.Logger => {
        made ??= target().child(clean(fields));
        return made;
      };
      return loggerOver(own, common);
    },
  };
}

function clean(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [OWN.has(key) ? `${key}_` : key, plain(value)]),
  );
}
