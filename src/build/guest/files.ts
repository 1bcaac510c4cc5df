/**
 * Files for TypeScript modules, by WASI: whole files and lists of names, as most modules want them. Runs inside QuickJS.
 *
 * @module
 */
import { Utf8Decoder, Utf8Encoder } from './text.ts';

/** What is used of `descriptor` of `wasi:filesystem/types`, with QuickJS values. */
export interface Descriptor extends Disposable {
  openAt(
    pathFlags: object,
    path: string,
    how: { create?: boolean; exclusive?: boolean; directory?: boolean },
    flags: { read?: boolean; write?: boolean },
  ): Descriptor;
  read(length: bigint, offset: bigint): [Uint8Array, boolean];
  write(bytes: Uint8Array, offset: bigint): bigint;
  sync(): void;
  appendViaStream(): Appending;
  createDirectoryAt(path: string): void;
  renameAt(path: string, target: Descriptor, newPath: string): void;
  unlinkFileAt(path: string): void;
  removeDirectoryAt(path: string): void;
  readDirectory(): Disposable & {
    readDirectoryEntry(): { type: string; name: string } | null;
  };
}

interface Appending extends Disposable {
  checkWrite(): bigint;
  write(bytes: Uint8Array): void;
  blockingFlush(): void;
}

/** What modules import. */
export interface Files {
  readFile(path: string): Uint8Array | undefined;
  readText(path: string): string | undefined;
  writeFile(path: string, data: string | Uint8Array): void;
  appendFile(path: string, data: string | Uint8Array): void;
  list(path: string): string[] | undefined;
  remove(path: string): boolean;
}

/** A file cannot be used. */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** As WASI has it: `insufficient-space`. */
  readonly code: string;
  readonly path: string;
  constructor(action: string, path: string, code: string, cause: unknown) {
    super(`Cannot ${action} ${path}: ${REASONS[code] ?? `WASI says ${code}`}`, { cause });
    this.code = code;
    this.path = path;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  busy: 'it is in use, or one of the directories that stay',
  exist: 'there is something of this name already',
  'insufficient-space':
    'the application has no room left for files; remove some, or have the operator raise limits.fileBytes or limits.files',
  invalid: 'the path is no path; it begins with / and has no empty parts',
  'is-directory': 'it is a directory',
  'name-too-long': 'a name in it is too long',
  'no-entry': 'it is not there',
  'not-directory': 'it is no directory, or a part of its path is none',
  'not-empty': 'the directory is not empty; remove what is in it first',
  'not-permitted': 'the path leads out of the application, or to what is no file of its own',
  'read-only': 'it is read-only; write below /tmp, /etc or /var',
};
const PIECE = 1_048_576n;

/** `directories` is `get-directories`, `unique` makes a text that no other event makes. */
export function createFiles(directories: () => [Descriptor, string][], unique: () => string): Files {
  const root = (): Descriptor => {
    const [first] = directories();
    if (!first) throw new Error('Cannot use files: the application has no directory');
    return first[0];
  };
  const readFile = (path: string): Uint8Array | undefined => ifThere('read', path, () => whole(root(), path));
  return {
    readFile,
    readText: (path) => {
      const bytes = readFile(path);
      return bytes && new Utf8Decoder().decode(bytes);
    },
    writeFile: (path, data) => told('write', path, () => replace(root(), path, data, unique())),
    appendFile: (path, data) => told('append to', path, () => append(root(), path, data)),
    list: (path) => ifThere('list', path, () => names(root(), path)),
    remove: (path) => ifThere('remove', path, () => removeAt(root(), path)) ?? false,
  };
}

/** As WASI wants it: below the application's directory. */
function inside(path: string): string {
  return path.replace(/^\/+/, '') || '.';
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? new Utf8Encoder().encode(data) : data;
}

/** What the work throws, as `FileError` if it is a code of WASI. */
function told<T>(action: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = codeOf(error);
    throw code === undefined ? error : new FileError(action, path, code, error);
  }
}

/** The same, `undefined` for what is not there. */
function ifThere<T>(action: string, path: string, work: () => T): T | undefined {
  return told(action, path, () => {
    try {
      return work();
    } catch (error) {
      if (codeOf(error) === 'no-entry') return undefined;
      throw error;
    }
  });
}

function codeOf(error: unknown): string | undefined {
  const { payload } = error as { readonly payload?: unknown };
  return typeof payload === 'string' ? payload : undefined;
}

function whole(root: Descriptor, path: string): Uint8Array {
  using directory = root;
  using file = directory.openAt({}, inside(path), {}, { read: true });
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let end = false; !end; ) {
    const [piece, last] = file.read(PIECE, BigInt(length));
    pieces.push(piece);
    length += piece.length;
    // A file that shrinks meanwhile has nothing more, whatever it says of its end.
    end = last || piece.length === 0;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Puts a file in the place of another one, or of none. */
function replace(root: Descriptor, path: string, data: string | Uint8Array, unique: string): void {
  using directory = root;
  const draft = inside(`${path.slice(0, path.lastIndexOf('/') + 1)}.${unique}`);
  makeParents(directory, inside(path));
  put(directory, draft, bytesOf(data));
  try {
    directory.renameAt(draft, directory, inside(path));
  } catch (error) {
    directory.unlinkFileAt(draft);
    throw error;
  }
}

/** Makes a file, forced to the disk: once it has its name, a machine that fails leaves it whole. */
function put(directory: Descriptor, path: string, bytes: Uint8Array): void {
  using file = directory.openAt({}, path, { create: true, exclusive: true }, { write: true });
  try {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + Number(PIECE));
      at += Number(file.write(piece, BigInt(at)));
    }
    file.sync();
  } catch (error) {
    directory.unlinkFileAt(path);
    throw error;
  }
}

function append(root: Descriptor, path: string, data: string | Uint8Array): void {
  using directory = root;
  makeParents(directory, inside(path));
  using file = directory.openAt({}, inside(path), { create: true }, { write: true });
  const bytes = bytesOf(data);
  using stream = file.appendViaStream();
  for (let at = 0; at < bytes.length; ) {
    const piece = bytes.subarray(at, at + Number(stream.checkWrite()));
    stream.write(piece);
    stream.blockingFlush();
    at += piece.length;
  }
}

function makeParents(directory: Descriptor, path: string): void {
  const parts = path.split('/').slice(0, -1);
  // The first one is there, or cannot be made.
  for (let count = 2; count <= parts.length; count++) {
    try {
      directory.createDirectoryAt(parts.slice(0, count).join('/'));
    } catch (error) {
      if (codeOf(error) !== 'exist') throw error;
    }
  }
}

function names(root: Descriptor, path: string): string[] {
  using directory = root;
  using listed = directory.openAt({}, inside(path), { directory: true }, { read: true });
  using entries = listed.readDirectory();
  const found: string[] = [];
  for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry())
    found.push(entry.type === 'directory' ? `${entry.name}/` : entry.name);
  return found.sort();
}

/** A file, or a directory with nothing in it. */
function removeAt(root: Descriptor, path: string): boolean {
  using directory = root;
  try {
    directory.unlinkFileAt(inside(path));
  } catch (error) {
    if (codeOf(error) !== 'is-directory') throw error;
    directory.removeDirectoryAt(inside(path));
  }
  return true;
}
