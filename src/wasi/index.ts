/**
 * WASI 0.2 for guests: environment, clocks, chance, streams, and the file tree of the call.
 *
 * @module
 */
import type { GuestImports } from '../engine/extension.ts';
import { cliImports } from './cli.ts';
import { clockImports } from './clocks.ts';
import { configImports } from './config.ts';
import { filesystemImports } from './filesystem.ts';
import { IoError } from './io-error.ts';
import { Pollable, poll } from './poll.ts';
import { randomImports } from './random.ts';
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
    ...configImports(),
    ...filesystemImports(),
    ...randomImports(),
    'wasi:io/error@0.2.0': { Error: IoError },
    'wasi:io/poll@0.2.0': { Pollable, poll },
    'wasi:io/streams@0.2.0': { InputStream, OutputStream },
  };
}
