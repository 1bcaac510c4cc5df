/**
 * WASI 0.2 for guests with a C library: what the preview 1 adapter imports, over the file tree and the log of the
 * call. Files can only be read.
 *
 * @module
 */
import type { GuestImports } from '../engine/extension.ts';
import { cliImports } from './cli.ts';
import { clockImports } from './clocks.ts';
import { Descriptor, DirectoryEntryStream, filesystemErrorCode, getDirectories } from './filesystem.ts';
import { IoError } from './io-error.ts';
import { Pollable, poll } from './poll.ts';
import { getRandomBytes, getRandomU64, insecureSeed } from './random.ts';
import { InputStream, OutputStream } from './streams.ts';

/**
 * The host functions, by interface. The version stands for every `0.2.x`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.ok('wasi:cli/environment@0.2.0' in wasiImports());
 * ```
 */
export function wasiImports(): GuestImports {
  return {
    ...cliImports(),
    ...clockImports(),
    'wasi:filesystem/preopens@0.2.0': { getDirectories },
    'wasi:filesystem/types@0.2.0': { Descriptor, DirectoryEntryStream, filesystemErrorCode },
    'wasi:io/error@0.2.0': { Error: IoError },
    'wasi:io/poll@0.2.0': { Pollable, poll },
    'wasi:io/streams@0.2.0': { InputStream, OutputStream },
    'wasi:random/insecure-seed@0.2.0': { insecureSeed },
    'wasi:random/random@0.2.0': { getRandomBytes, getRandomU64 },
  };
}
