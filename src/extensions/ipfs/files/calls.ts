/**
 * What both threads know of files: the calls of the part `files`, and their answers. A call that pins, adds or
 * unpins names its application.
 *
 * @module
 */

import type { LateFile } from '../../../engine/late-files.ts';

export interface FileStat {
  readonly kind: 'file' | 'directory';
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** As text, version 1. */
  readonly cid: string;
}

export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

export interface PinRow {
  readonly app: string;
  readonly cid: string;
  readonly bytes: number;
  /** In milliseconds since 1970. */
  readonly since: number;
}

/** Keyed as `NodeLink.call` wants them: arguments and answer. Paths are those of the WIT. */
export interface FileCalls {
  'files.add': {
    readonly args: [bytes: Uint8Array];
    readonly answer: { readonly cid: Uint8Array; readonly path: string };
  };
  'files.get': { readonly args: [path: string]; readonly answer: Uint8Array<ArrayBuffer> };
  /** Bytes `start` up to `end`, without it. */
  'files.read': {
    readonly args: [path: string, start: number, end: number];
    readonly answer: Uint8Array<ArrayBuffer>;
  };
  'files.stat': { readonly args: [path: string]; readonly answer: FileStat };
  'files.list': { readonly args: [path: string]; readonly answer: readonly FileEntry[] };
  /** For the file tree of modules: what a path leads to, with its content when it is to be opened. */
  'files.look': { readonly args: [path: string, want: 'stat' | 'open']; readonly answer: LateFile };
  /** True also when it was pinned before. */
  'files.pin': { readonly args: [path: string]; readonly answer: boolean };
  /** False when it was not pinned. */
  'files.unpin': { readonly args: [path: string]; readonly answer: boolean };
  /** All pins of all applications. */
  'files.pins': { readonly args: []; readonly answer: readonly PinRow[] };
  /** Removes what nobody needs now, not some time later. */
  'files.collect': {
    readonly args: [];
    readonly answer: { readonly blocks: number; readonly bytes: number };
  };
}
