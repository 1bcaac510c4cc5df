/**
 * Canonical definitions, from bytes to {@link Definition}.
 *
 * @module
 */
import type { StringEncoding } from '../types.ts';
import type { CanonOpts, Definition } from './ast.ts';
import { invalid, malformed, unsupported } from './errors.ts';
import { hex, type Reader } from './reader.ts';

const REFUSED_BUILTINS: Readonly<Record<number, string>> = {
  5: 'task.cancel',
  6: 'subtask.cancel',
  8: 'backpressure.set',
  9: 'task.return',
  10: 'context.get',
  11: 'context.set',
  12: 'thread.yield',
  13: 'subtask.drop',
  14: 'stream.new',
  15: 'stream.read',
  16: 'stream.write',
  17: 'stream.cancel-read',
  18: 'stream.cancel-write',
  19: 'stream.drop-readable',
  20: 'stream.drop-writable',
  21: 'future.new',
  22: 'future.read',
  23: 'future.write',
  24: 'future.cancel-read',
  25: 'future.cancel-write',
  26: 'future.drop-readable',
  27: 'future.drop-writable',
  28: 'error-context.new',
  29: 'error-context.debug-message',
  30: 'error-context.drop',
  31: 'waitable-set.new',
  32: 'waitable-set.wait',
  33: 'waitable-set.poll',
  34: 'waitable-set.drop',
  35: 'waitable.join',
  36: 'backpressure.inc',
  37: 'backpressure.dec',
  38: 'thread.index',
  39: 'thread.new-indirect',
  40: 'thread.resume-later',
  41: 'thread.suspend',
  42: 'thread.suspend-then-resume',
  43: 'thread.yield-then-resume',
  44: 'thread.suspend-then-promote',
  45: 'thread.yield-then-promote',
  64: 'thread.spawn-ref',
  65: 'thread.spawn-indirect',
  66: 'thread.available-parallelism',
};

const ENCODINGS: readonly StringEncoding[] = ['utf8', 'utf16', 'latin1+utf16'];

const REFUSED_OPTIONS: Readonly<Record<number, string>> = {
  6: 'async lift or lower',
  7: 'callback of an async lift',
  8: 'canonical option core-type',
  9: 'canonical option gc',
};

export function canon(reader: Reader): Definition {
  const at = reader.at;
  const code = reader.u8('canonical definition');
  switch (code) {
    case 0x00: {
      reader.expect(0x00, 'sort of a canonical lift');
      const core = reader.u32('core function index');
      const options = canonOptions(reader);
      return { kind: 'lift', core, options, type: reader.u32('type index') };
    }
    case 0x01:
      reader.expect(0x00, 'sort of a canonical lower');
      return { kind: 'lower', func: reader.u32('function index'), options: canonOptions(reader) };
    case 0x02:
      return { kind: 'resource.new', type: reader.u32('type index') };
    case 0x03:
      return { kind: 'resource.drop', type: reader.u32('type index') };
    case 0x04:
      return { kind: 'resource.rep', type: reader.u32('type index') };
    default: {
      const feature = REFUSED_BUILTINS[code];
      if (feature) throw unsupported(`canon ${feature}`, at);
      throw malformed(`invalid leading byte (${hex(code)}) for canonical definition`, at);
    }
  }
}

function canonOptions(reader: Reader): CanonOpts {
  let encoding: StringEncoding | undefined;
  const indices: (number | undefined)[] = [];
  for (let left = reader.count('canonical options'); left > 0; left -= 1) {
    const at = reader.at;
    const code = reader.u8('canonical option');
    const found = ENCODINGS[code];
    if (found) {
      if (encoding)
        throw invalid(`canonical encoding option \`${encoding}\` conflicts with \`${found}\``, at);
      encoding = found;
    } else if (code >= 0x03 && code <= 0x05) {
      if (indices[code] !== undefined) throw invalid('canonical option is specified more than once', at);
      indices[code] = reader.u32('index of a canonical option');
    } else {
      const feature = REFUSED_OPTIONS[code];
      if (feature) throw unsupported(feature, at);
      throw malformed(`invalid leading byte (${hex(code)}) for canonical option`, at);
    }
  }
  return { encoding: encoding ?? 'utf8', memory: indices[3], realloc: indices[4], postReturn: indices[5] };
}
