/**
 * `wasi:filesystem`: the file tree of the call. What may be changed in it is the tree's to say.
 *
 * @module
 */
import { type Call, type GuestImports, waiting } from '../engine/extension.ts';
import type { VfsStat } from '../vfs/vfs.ts';
import { type Directory, DirectoryEntryStream, find, findExisting } from './directory.ts';
import { code, type FileCode, withCodes, withCodesLater } from './file-errors.ts';
import {
  type DescriptorStat,
  type DescriptorType,
  describe,
  identify,
  type MetadataHash,
  type NewTimestamp,
  timesOf,
} from './file-stat.ts';
import { appendSink, fileSink, fileSource, readAt, sizeOf, writeAt } from './file-streams.ts';
import { Held } from './handles.ts';
import type { IoError } from './io-error.ts';
import { type Flags, type OpenFile, openPlace, type Place } from './open-at.ts';
import type { SharedFile } from './open-files.ts';
import { InputStream, MAX_READ_BYTES, OutputStream } from './streams.ts';

export function filesystemImports(): GuestImports {
  return {
    'wasi:filesystem/preopens@0.2.0': { getDirectories },
    'wasi:filesystem/types@0.2.0': { Descriptor, DirectoryEntryStream, filesystemErrorCode },
  };
}

/** `wasi:filesystem/preopens`: the whole tree, when it answers at once. */
export function getDirectories(call: Call): readonly (readonly [Descriptor, string])[] {
  const tree = call.vfs.sync;
  return tree === undefined ? [] : [[new Descriptor(call, { tree, path: '/', identity: undefined }), '/']];
}

/** The code of a failed file operation behind an error of a stream. */
export function filesystemErrorCode(_: Call, error: IoError): FileCode {
  return error.code;
}

/** Resource `descriptor`. */
export class Descriptor {
  readonly #held: Held;
  readonly #place: Place;

  static {
    // Methods of a class wait when their values on the prototype say so.
    const flush = waiting(async function (this: Descriptor, call: Call): Promise<void> {
      const { file, tree, path } = this.#place;
      const kept = file?.shared.retain();
      try {
        await withCodesLater(call, () => kept?.file.flush() ?? tree.flush(path));
      } finally {
        kept?.release();
      }
    });
    for (const name of ['sync', 'syncData'])
      Object.defineProperty(Descriptor.prototype, name, { value: flush, configurable: true });
  }

  constructor(call: Call, place: Place) {
    this.#held = new Held(call);
    this.#place = place;
  }

  openAt(call: Call, _: Flags, path: string, open: Flags, flags: Flags): Descriptor {
    return withCodes(call, () => {
      const place = openPlace(call, this.#directory(), { path, open, flags });
      // Its own class: that whose functions wait makes more of them.
      const Same = this.constructor as typeof Descriptor;
      return place.file ? keep(() => new Same(call, place), place.file.shared) : new Same(call, place);
    });
  }

  getType(): DescriptorType {
    return this.#place.file === undefined ? 'directory' : 'regular-file';
  }

  getFlags(): Flags {
    const { file, tree, path } = this.#place;
    return file === undefined
      ? { read: true, mutateDirectory: tree.isWritable(path) }
      : { read: file.read, write: file.write };
  }

  stat(call: Call): DescriptorStat {
    return withCodes(call, () => describe(this.#stat()));
  }

  statAt(call: Call, _: Flags, path: string): DescriptorStat {
    return withCodes(call, () => describe(findExisting(this.#directory(), path).stat));
  }

  setTimes(call: Call, accessed: NewTimestamp, modified: NewTimestamp): void {
    withCodes(call, () => {
      const { file, tree, path } = this.#place;
      const times = timesOf(call, accessed, modified);
      if (file === undefined) tree.setTimes(path, times);
      else file.shared.file.setTimes(times);
    });
  }

  setTimesAt(call: Call, _: Flags, path: string, accessed: NewTimestamp, modified: NewTimestamp): void {
    withCodes(call, () => {
      const found = findExisting(this.#directory(), path);
      this.#place.tree.setTimes(found.path, timesOf(call, accessed, modified));
    });
  }

  read(call: Call, length: bigint, offset: bigint): readonly [Uint8Array, boolean] {
    return withCodes(call, () => {
      const wanted = length > BigInt(MAX_READ_BYTES) ? MAX_READ_BYTES : Number(length);
      const bytes = readAt(this.#readable(), offset, wanted);
      return [bytes, bytes.length < wanted];
    });
  }

  readViaStream(call: Call, offset: bigint): InputStream {
    return withCodes(call, () => {
      const file = this.#readable().retain();
      return keep(() => new InputStream(call, fileSource(file, offset)), file);
    });
  }

  write(call: Call, bytes: Uint8Array, offset: bigint): bigint {
    return withCodes(call, () => {
      writeAt(this.#writable(), offset, bytes);
      return BigInt(bytes.length);
    });
  }

  writeViaStream(call: Call, offset: bigint): OutputStream {
    return withCodes(call, () => {
      const file = this.#writable().retain();
      return keep(() => new OutputStream(call, fileSink(file, offset)), file);
    });
  }

  appendViaStream(call: Call): OutputStream {
    return withCodes(call, () => {
      const file = this.#writable().retain();
      return keep(() => new OutputStream(call, appendSink(file)), file);
    });
  }

  setSize(call: Call, size: bigint): void {
    withCodes(call, () => this.#writable().file.resize(sizeOf(size)));
  }

  /** How a file will be used says nothing that would help here. */
  advise(call: Call): void {
    withCodes(call, () => this.#file());
  }

  readDirectory(call: Call): DirectoryEntryStream {
    return withCodes(call, () => {
      const { tree, path } = this.#directory();
      return new DirectoryEntryStream(call, tree.list(path));
    });
  }

  createDirectoryAt(call: Call, path: string): void {
    withCodes(call, () => this.#place.tree.makeDirectory(find(this.#directory(), path).path));
  }

  removeDirectoryAt(call: Call, path: string): void {
    withCodes(call, () => this.#place.tree.removeDirectory(find(this.#directory(), path).path));
  }

  unlinkFileAt(call: Call, path: string): void {
    withCodes(call, () => {
      const { path: at, directory, stat } = find(this.#directory(), path);
      if (directory && stat?.kind === 'file') throw code('not-directory');
      this.#place.tree.unlink(at);
    });
  }

  renameAt(call: Call, oldPath: string, to: Descriptor, newPath: string): void {
    withCodes(call, () => {
      const from = find(this.#directory(), oldPath);
      const target = find(to.#directory(), newPath);
      if (from.stat?.kind === 'file' && (from.directory || target.directory)) throw code('not-directory');
      this.#place.tree.rename(from.path, target.path);
    });
  }

  /** One file has one name: so nothing that a guest does leads out of its files. */
  linkAt(call: Call, _: Flags, oldPath: string, to: Descriptor, newPath: string): never {
    return withCodes(call, () => {
      findExisting(this.#directory(), oldPath);
      return to.#refuseLink(newPath);
    });
  }

  /** As for {@link linkAt}. */
  symlinkAt(call: Call, _: string, newPath: string): never {
    return withCodes(call, () => this.#refuseLink(newPath));
  }

  readlinkAt(call: Call, path: string): string {
    return withCodes(call, () => {
      findExisting(this.#directory(), path);
      // Links are followed or hidden, so nothing is ever seen to be one.
      throw code('invalid');
    });
  }

  isSameObject(call: Call, other: Descriptor): boolean {
    const [mine, others] = [this.metadataHash(call), other.metadataHash(call)];
    return mine.lower === others.lower && mine.upper === others.upper;
  }

  metadataHash(call: Call): MetadataHash {
    return withCodes(call, () => identify(this.#place.path, this.#stat()));
  }

  metadataHashAt(call: Call, _: Flags, path: string): MetadataHash {
    return withCodes(call, () => {
      const { path: at, stat } = findExisting(this.#directory(), path);
      return identify(at, stat);
    });
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
    this.#place.file?.shared.release();
  }

  #stat(): VfsStat {
    const { file, tree, path, identity } = this.#place;
    const stat = file === undefined ? tree.stat(path) : file.shared.file.stat();
    if (stat === undefined || (identity !== undefined && stat.identity !== identity)) throw code('no-entry');
    return stat;
  }

  #directory(): Directory {
    if (this.#place.file !== undefined) throw code('not-directory');
    return this.#place;
  }

  #file(): OpenFile {
    const { file } = this.#place;
    if (file === undefined) throw code('is-directory');
    return file;
  }

  #readable(): SharedFile {
    const { shared, read } = this.#file();
    if (!read) throw code('bad-descriptor');
    return shared;
  }

  #writable(): SharedFile {
    const { shared, write } = this.#file();
    const { tree, path } = this.#place;
    if (!write) throw code(tree.isWritable(path) ? 'bad-descriptor' : 'read-only');
    return shared;
  }

  #refuseLink(newPath: string): never {
    const { tree } = this.#place;
    const { path, stat } = find(this.#directory(), newPath);
    if (!tree.isWritable(path)) throw code('read-only');
    throw code(stat === undefined ? 'not-permitted' : 'exist');
  }
}

/** When the handle cannot be given, the file is let go of again. */
function keep<T>(make: () => T, file: SharedFile): T {
  try {
    return make();
  } catch (error) {
    file.release();
    throw error;
  }
}
