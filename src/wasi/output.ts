/**
 * What a guest writes to stdout and stderr, as lines of its log.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import type { Sink } from './streams.ts';

export type OutputName = 'stdout' | 'stderr';

export interface OutputLimits {
  readonly lines: number;
  /** Of what the guest writes, both streams together. */
  readonly bytes: number;
  /** UTF-16 units of one line; a longer one is written in pieces. */
  readonly line: number;
}

export interface Output extends Disposable {
  write(name: OutputName, bytes: Uint8Array): void;
}

const DEFAULTS: OutputLimits = { lines: 10_000, bytes: 1024 * 1024, line: 8192 };

const key: unique symbol = Symbol('wasi:cli/stdout');

/** Brings what is written to the log of the call. */
export function outputSink(name: OutputName): Sink {
  return {
    write: (call, bytes) => call.state(key, () => outputOf(call)).write(name, bytes),
    [Symbol.dispose]: () => {},
  };
}

function outputOf({ log, limits: { logLines, logBytes } }: Call): Output {
  return createOutput(log, { ...DEFAULTS, lines: logLines, bytes: logBytes });
}

/**
 * Writes every line to `log`, as the value of a field: no guest can write a line that looks like the engine's. A
 * line without an end is written when the event ends. Past a limit one line says so, and disposal says how many
 * bytes were dropped.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const said: unknown[] = [];
 * const log = { info: (message: string, fields: object) => said.push({ message, ...fields }), warn() {} };
 * {
 *   using output = createOutput(log as never);
 *   output.write('stdout', new TextEncoder().encode('one\ntw'));
 *   output.write('stdout', new TextEncoder().encode('o'));
 * }
 * assert.deepEqual(said, [
 *   { message: 'Guest says', text: 'one', stream: 'stdout' },
 *   { message: 'Guest says', text: 'two', stream: 'stdout' },
 * ]);
 * ```
 */
export function createOutput(log: Call['log'], limits: OutputLimits = DEFAULTS): Output {
  const streams = { stdout: startLine(), stderr: startLine() };
  let lines = 0;
  let bytes = 0;
  let dropped = 0;

  function say(text: string, stream: OutputName): void {
    lines += 1;
    if (lines <= limits.lines) log.info('Guest says', { text, stream });
    else if (lines === limits.lines + 1)
      log.warn('Guest output limit reached, the rest is dropped', { limits });
  }

  /** Writes complete lines; what has no end yet waits, unless it is longer than a line may be. */
  function flush(name: OutputName): void {
    const stream = streams[name];
    const parts = stream.text.split('\n');
    stream.text = parts.pop() ?? '';
    for (const part of parts) {
      for (const piece of piecesOf(part.endsWith('\r') ? part.slice(0, -1) : part, limits.line))
        say(piece, name);
    }
    const pieces = piecesOf(stream.text, limits.line);
    stream.text = pieces.pop() ?? '';
    for (const piece of pieces) say(piece, name);
  }

  return {
    write(name, written) {
      const room = Math.max(0, limits.bytes - bytes);
      bytes += written.length;
      if (written.length > room) {
        if (dropped === 0) log.warn('Guest output limit reached, the rest is dropped', { limits });
        dropped += written.length - room;
      }
      const stream = streams[name];
      stream.text += stream.decoder.decode(written.subarray(0, room), { stream: true });
      flush(name);
    },
    [Symbol.dispose]() {
      for (const name of ['stdout', 'stderr'] as const) {
        const stream = streams[name];
        stream.text += stream.decoder.decode();
        if (stream.text !== '') say(stream.text, name);
        stream.text = '';
      }
      if (dropped > 0) log.warn('Guest output dropped', { bytes: dropped });
      if (lines > limits.lines) log.warn('Guest output dropped', { lines: lines - limits.lines });
      [lines, dropped] = [0, 0];
    },
  };
}

function startLine(): { readonly decoder: TextDecoder; text: string } {
  return { decoder: new TextDecoder(), text: '' };
}

/** A line in pieces of at most `size` units; at least one, which may be empty. */
function piecesOf(line: string, size: number): string[] {
  if (line.length <= size) return [line];
  const pieces: string[] = [];
  for (let at = 0; at < line.length; at += size) pieces.push(line.slice(at, at + size));
  return pieces;
}
