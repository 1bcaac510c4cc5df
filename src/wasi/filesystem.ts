/**
 * `wasi:filesystem`: the file tree of the call, to be read. Whatever would change it answers `read-only`.
 *
 * @module
 */
import { hash } from 'node:crypto';
import type { Call } from '../engine/extension.ts';
import type { VfsEntry, VfsStat, VfsSync } from '../vfs/vfs.ts';
import { type Datetime, datetimeOf } from './clocks.ts';
import { code, type FileCode, withCodes } from './file-errors.ts';
import { leadsThroughFile, resolvePath } from './file-paths.ts';
import { IoError } from './io-error.ts';
import { type SharedFile, shareFile } from './open-files.ts';
import { type Input, InputStream, MAX_READ_BYTES } from './streams.ts';

export type DescriptorType = 'directory' | 'regular-file';

/** Record `descriptor-stat`; moments that the file tree does not know are absent. */
export interface DescriptorStat {
  readonly type: DescriptorType;
  readonly linkCount: bigint;
  readonly size: bigint;
  readonly dataAccessTimestamp: Datetime | undefined;
  readonly dataModificationTimestamp: Datetime | undefined;
  readonly statusChangeTimestamp: Datetime | undefined;
}

export interface MetadataHash {
  readonly lower: bigint;
  readonly upper: bigint;
}

type Flags = Readonly<Record<string, boolean | undefined>>;

/** `wasi:filesystem/preopens`: the whole tree, when it can be read at once. */
export function getDirectories(call: Call): readonly (readonly [Descriptor, string])[] {
  const tree = call.vfs.sync;
  return tree === undefined ? [] : [[new Descriptor(call, { tree, path: '/' }), '/']];
}

/** The code of a failed file operation behind an error of a stream. */
export function filesystemErrorCode(_: Call, error: IoError): string | undefined {
  return error.code;
}

/** What a descriptor stands for; without a file it is a directory. */
interface Place {
  readonly tree: VfsSync;
  readonly path: string;
  readonly file?: SharedFile;
}

/** Resource `descriptor`. */
export class Descriptor {
  readonly #place: Place;

  constructor(_: Call, place: Place) {
    this.#place = place;
  }

  openAt(call: Call, _: Flags, path: string, open: Flags, flags: Flags): Descriptor {
    return withCodes(call, () => {
      const { tree, path: at, directory, stat } = this.#find(path);
      if (stat !== undefined && open['create'] && open['exclusive']) throw code('exist');
      const missing: FileCode = open['create'] ? 'read-only' : 'no-entry';
      if (stat === undefined) throw code(missing);
      if (stat.kind === 'directory') {
        if (flags['write'] || open['truncate']) throw code('is-directory');
        return new Descriptor(call, { tree, path: at });
      }
      if (directory || open['directory']) throw code('not-directory');
      if (flags['write'] || open['truncate']) throw code('read-only');
      return new Descriptor(call, { tree, path: at, file: shareFile(call, () => tree.open(at)) });
    });
  }

  getType(): DescriptorType {
    return this.#place.file === undefined ? 'directory' : 'regular-file';
  }

  getFlags(): Flags {
    return { read: true };
  }

  stat(call: Call): DescriptorStat {
    return withCodes(call, () => {
      const { tree, path, file } = this.#place;
      const stat = file === undefined ? tree.stat(path) : file.file.stat();
      if (stat === undefined) throw code('no-entry');
      return describe(stat);
    });
  }

  statAt(call: Call, _: Flags, path: string): DescriptorStat {
    return withCodes(call, () => describe(this.#existing(path).stat));
  }

  read(call: Call, length: bigint, offset: bigint): readonly [Uint8Array, boolean] {
    return withCodes(call, () => {
      const wanted = length > BigInt(MAX_READ_BYTES) ? MAX_READ_BYTES : Number(length);
      const bytes = readAt(this.#file(), offset, wanted);
      return [bytes, bytes.length < wanted];
    });
  }

  readViaStream(call: Call, offset: bigint): InputStream {
    return withCodes(call, () => new InputStream(call, fileInput(this.#file().retain(), offset)));
  }

  readDirectory(call: Call): DirectoryEntryStream {
    return withCodes(call, () => {
      const { tree, path, file } = this.#place;
      if (file !== undefined) throw code('not-directory');
      return new DirectoryEntryStream(call, tree.list(path));
    });
  }

  readlinkAt(call: Call, path: string): string {
    return withCodes(call, () => {
      this.#existing(path);
      // Links are followed or hidden, so nothing is ever seen to be one.
      throw code('invalid');
    });
  }

  isSameObject(_: Call, other: Descriptor): boolean {
    return this.#place.path === other.#place.path;
  }

  metadataHash(): MetadataHash {
    return identify(this.#place.path);
  }

  metadataHashAt(call: Call, _: Flags, path: string): MetadataHash {
    return withCodes(call, () => identify(this.#existing(path).path));
  }

  /** Nothing waits to be written, so this has been done. */
  sync(): void {}

  syncData(): void {}

  advise(): void {}

  write(): never {
    throw code('read-only');
  }

  writeViaStream(): never {
    throw code('read-only');
  }

  appendViaStream(): never {
    throw code('read-only');
  }

  setSize(): never {
    throw code('read-only');
  }

  setTimes(): never {
    throw code('read-only');
  }

  setTimesAt(): never {
    throw code('read-only');
  }

  createDirectoryAt(call: Call, path: string): never {
    return this.#unchanging(call, path, 'exist');
  }

  linkAt(): never {
    throw code('read-only');
  }

  symlinkAt(): never {
    throw code('read-only');
  }

  renameAt(): never {
    throw code('read-only');
  }

  removeDirectoryAt(): never {
    throw code('read-only');
  }

  unlinkFileAt(): never {
    throw code('read-only');
  }

  [Symbol.dispose](): void {
    this.#place.file?.release();
  }

  #file(): SharedFile {
    const { file } = this.#place;
    if (file === undefined) throw code('is-directory');
    return file;
  }

  /** As POSIX: `mkdir` of what is there says so, even where nothing can be made. */
  #unchanging(call: Call, path: string, existing: FileCode): never {
    return withCodes(call, () => {
      throw code(this.#find(path).stat === undefined ? 'read-only' : existing);
    });
  }

  #find(path: string): {
    readonly tree: VfsSync;
    readonly path: string;
    readonly directory: boolean;
    readonly stat: VfsStat | undefined;
  } {
    const { tree, path: base, file } = this.#place;
    if (file !== undefined) throw code('not-directory');
    const resolved = resolvePath(tree, base, path);
    const stat = tree.stat(resolved.path);
    if (stat === undefined && leadsThroughFile(tree, resolved.path)) throw code('not-directory');
    return { tree, ...resolved, stat };
  }

  #existing(path: string): { readonly path: string; readonly stat: VfsStat } {
    const { path: at, directory, stat } = this.#find(path);
    if (stat === undefined) throw code('no-entry');
    if (directory && stat.kind !== 'directory') throw code('not-directory');
    return { path: at, stat };
  }
}

/** Resource `directory-entry-stream`: the entries as they were when it was made. */
export class DirectoryEntryStream {
  readonly #entries: Iterator<VfsEntry>;

  constructor(_: Call, entries: readonly VfsEntry[]) {
    this.#entries = entries.values();
  }

  readDirectoryEntry(): { readonly type: DescriptorType; readonly name: string } | undefined {
    const { done, value } = this.#entries.next();
    return done ? undefined : { type: typeOf(value.kind), name: value.name };
  }
}

function fileInput(file: SharedFile, offset: bigint): Input {
  let at = offset;
  return {
    read: (call, length) => {
      try {
        const bytes = withCodes(call, () => readAt(file, at, length));
        at += BigInt(bytes.length);
        return bytes.length === 0 ? undefined : bytes;
      } catch (code) {
        if (typeof code !== 'string') throw code;
        throw { tag: 'last-operation-failed', val: new IoError(call, code) };
      }
    },
    [Symbol.dispose]: () => file.release(),
  };
}

function readAt({ file }: SharedFile, offset: bigint, length: number): Uint8Array {
  // No file is larger than what a number can count.
  if (offset > BigInt(Number.MAX_SAFE_INTEGER - MAX_READ_BYTES)) return new Uint8Array();
  return file.read(Number(offset), length);
}

function describe(stat: VfsStat): DescriptorStat {
  return {
    type: typeOf(stat.kind),
    linkCount: 1n,
    size: BigInt(stat.size),
    dataAccessTimestamp: undefined,
    dataModificationTimestamp: datetimeOf(stat.modified),
    statusChangeTimestamp: undefined,
  };
}

function typeOf(kind: VfsEntry['kind']): DescriptorType {
  return kind === 'file' ? 'regular-file' : 'directory';
}

/** C libraries make inode numbers of it: equal for one path, different for others. */
function identify(path: string): MetadataHash {
  const digest = hash('sha256', path, 'buffer');
  return { lower: digest.readBigUInt64LE(0), upper: digest.readBigUInt64LE(8) };
}
