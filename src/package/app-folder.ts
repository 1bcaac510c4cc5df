/**
 * Reads the files of an application's folder. Paths come from manifests, whose author may be a stranger: none
 * leads out of the folder, by `..`, as an absolute path or through a link.
 *
 * @module
 */
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { posix, sep } from 'node:path';
import { isCoded } from '../lib/errors.ts';
import { fail } from './errors.ts';
import type { Faults } from './faults.ts';
import { parseJson } from './json-text.ts';
import type { Check } from './schema.ts';

/** A manifest, a configuration or a schema. */
export const MAX_JSON_BYTES: number = 1024 * 1024;
/** An icon. */
export const MAX_ICON_BYTES: number = 1024 * 1024;
/** A component. */
export const MAX_COMPONENT_BYTES: number = 128 * 1024 * 1024;
/** Files and folders below one folder of an application. */
export const MAX_ENTRIES = 100_000;

/** Something that was asked for: what it is called in sentences, and how large it may be. */
export interface FileLimits {
  /** The role, as "the component". */
  readonly what: string;
  readonly maxBytes: number;
}

/** A folder of an application; see {@link openAppFolder}. Every fault goes to `faults`, none is thrown. */
export interface AppFolder {
  /** The real path. */
  readonly root: string;
  readonly faults: Faults;
  /**
   * Path relative to the folder of `path` as it is written in `base`, a file or folder of the application;
   * `undefined`, with a fault, when it is absolute, has a scheme or leads out.
   */
  resolve(base: string, path: string): string | undefined;
  /** `undefined` when nothing is there. A link that leads out is a fault. */
  kindOf(file: string): Promise<'file' | 'directory' | 'other' | undefined>;
  readBytes(file: string, limits: FileLimits): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Reads, parses and checks. */
  readJson(file: string, what: string, check?: Check): Promise<unknown>;
  /** The real path of a directory whose links all stay in it; faults for links and special files. */
  checkTree(file: string, what: string): Promise<string | undefined>;
}

/** The real path of the folder. Throws `APP_NOT_FOUND`. */
export async function findRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await lstat(root)).isDirectory()) return root;
  } catch (cause) {
    const reason = isAbsent(cause) ? 'nothing is there' : `the system answers ${codeOf(cause)}`;
    throw fail('APP_NOT_FOUND', { folder, reason }, cause);
  }
  throw fail('APP_NOT_FOUND', { folder, reason: 'it is a file; packages cannot be read yet' });
}

/** Reads below `root`, a real path. */
export function openAppFolder(root: string, faults: Faults): AppFolder {
  const real = async (file: string): Promise<string | undefined> => {
    const path = await realpath([root, ...file.split('/')].join(sep));
    if (path === root || path.startsWith(root === sep ? sep : root + sep)) return path;
    faults.add(file, 'is a link that leads out of the application: put the file itself there');
    return undefined;
  };
  const readBytes = (file: string, limits: FileLimits): Promise<Uint8Array<ArrayBuffer> | undefined> =>
    attempt(
      file,
      async () => {
        const path = await real(file);
        return path === undefined ? undefined : readLimited(path, file, limits, faults);
      },
      () => faults.add(file, `is missing: ${limits.what} must be there`),
    );
  return {
    root,
    faults,
    resolve: (base, path) => resolveInside(base, path, faults),
    kindOf: (file) =>
      attempt(file, async () => {
        const path = await real(file);
        if (path === undefined) return 'other';
        const stats = await lstat(path);
        return stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
      }),
    readBytes,
    readJson: async (file, what, check) => {
      const bytes = await readBytes(file, { what, maxBytes: MAX_JSON_BYTES });
      return bytes && checkedJson(bytes, file, faults, check);
    },
    checkTree: (file, what) =>
      attempt(
        file,
        async () => {
          const path = await real(file);
          if (path === undefined) return undefined;
          if ((await lstat(path)).isDirectory()) return (await walk(path, file, faults)) ? path : undefined;
          faults.add(file, `is no folder: ${what} must be one`);
          return undefined;
        },
        () => faults.add(file, `is missing: ${what} must be there`),
      ),
  };
}

/** Runs what may find nothing. Other refusals of the system end the loading. */
async function attempt<T>(
  file: string,
  work: () => Promise<T>,
  absent: () => void = () => {},
): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (isCoded(cause)) throw cause;
    if (!isAbsent(cause)) throw fail('APP_READ', { file }, cause);
    absent();
    return undefined;
  }
}

function resolveInside(base: string, path: string, faults: Faults): string | undefined {
  const quoted = JSON.stringify(path);
  if (path.includes('://') || path.startsWith('/')) {
    faults.add(base, `names ${quoted}: write a path that is relative to the folder of this file`);
    return undefined;
  }
  const resolved = posix.normalize(posix.join(posix.dirname(base), path));
  if (resolved !== '..' && !resolved.startsWith('../')) return resolved;
  faults.add(base, `names ${quoted}, which leads out of the application: move it into the folder`);
  return undefined;
}

async function readLimited(
  path: string,
  file: string,
  { what, maxBytes }: FileLimits,
  faults: Faults,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!(await lstat(path)).isFile()) {
    faults.add(file, `is no file: ${what} must be one`);
    return undefined;
  }
  await using handle: FileHandle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const { size } = await handle.stat();
  if (size > maxBytes) {
    faults.add(file, `has ${size} bytes: ${what} may have at most ${maxBytes}`);
    return undefined;
  }
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === size ? bytes : bytes.slice(0, filled);
}

function checkedJson(bytes: Uint8Array, file: string, faults: Faults, check: Check | undefined): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The decoder's error says no more than this.
    faults.add(file, 'is no UTF-8 text: save it as UTF-8');
    return undefined;
  }
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!isCoded(error)) throw error;
    const { line, column, reason } = error.detail;
    faults.add(`${file}:${line}:${column}`, `is no JSON: ${reason}`);
    return undefined;
  }
  const found = check?.(value) ?? [];
  for (const { path, message } of found) faults.add(file, message, path);
  return found.length === 0 ? value : undefined;
}

/** False when something is wrong with the tree. Links that stay in it are fine. */
async function walk(root: string, file: string, faults: Faults): Promise<boolean> {
  const folders = [{ path: root, file }];
  let entries = 0;
  let sound = true;
  const refuse = (name: string, message: string): void => {
    sound = false;
    faults.add(name, message);
  };
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const listed = await readdir(folder.path, { withFileTypes: true });
    entries += listed.length;
    if (entries > MAX_ENTRIES) {
      refuse(file, `holds more than ${MAX_ENTRIES} files and folders: give fewer`);
      return false;
    }
    for (const entry of listed) {
      const path = folder.path + sep + entry.name;
      const name = `${folder.file}/${entry.name}`;
      if (entry.isDirectory()) folders.push({ path, file: name });
      else if (!entry.isFile()) await checkSpecial(entry, path, name, { root, refuse });
    }
  }
  return sound;
}

async function checkSpecial(
  entry: Dirent,
  path: string,
  name: string,
  { root, refuse }: { readonly root: string; readonly refuse: (name: string, message: string) => void },
): Promise<void> {
  if (!entry.isSymbolicLink()) {
    refuse(name, 'is neither a file nor a folder: remove it');
    return;
  }
  try {
    const target = await realpath(path);
    if (target !== root && !target.startsWith(root + sep)) {
      refuse(name, 'is a link that leads out of its folder: put the file itself there');
    }
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
    refuse(name, 'is a link that leads nowhere: remove it');
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code);
}
