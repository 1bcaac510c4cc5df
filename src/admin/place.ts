/**
 * Where the admin socket is: in the data folder, or, when that path is longer than a socket's may be, in a folder
 * of its own below the system's temporary one, with a link in the data folder.
 *
 * @module
 */
import { chmod, mkdtemp, readlink, rm, rmdir, symlink } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fail } from './errors.ts';
import { SOCKET_NAME } from './protocol.ts';

/** The kernel keeps a path in this many bytes: 108 on Linux, 104 on macOS, its end included. */
const LONGEST = 103;
const PREFIX = 'hermes-admin-';

export interface Place extends AsyncDisposable {
  /** What clients connect to. */
  readonly path: string;
}

/**
 * Makes the server listen at the home's socket. Whatever lies there is of an engine that has died: whoever calls
 * this has the home's lock. Only this user can connect: the folder is theirs alone, and the socket, too. Rejects
 * with `ADMIN_SOCKET`. Disposal takes the files away; close the server before.
 */
export async function listenAt(server: Server, home: string): Promise<Place> {
  const wanted = join(home, SOCKET_NAME);
  try {
    await clear(wanted);
    if (fits(wanted)) {
      await bind(server, wanted);
      return { path: wanted, [Symbol.asyncDispose]: () => clear(wanted) };
    }
    const path = await bindElsewhere(server, wanted);
    return { path, [Symbol.asyncDispose]: () => clear(wanted) };
  } catch (error) {
    throw fail('ADMIN_SOCKET', { path: wanted }, error);
  }
}

/** The path to connect to for the engine of this home; it need not be there. */
export async function socketOf(home: string): Promise<string> {
  const wanted = join(home, SOCKET_NAME);
  return (await targetOf(wanted)) ?? wanted;
}

/** Where a link leads; `undefined` when it is none, or nothing is there. */
async function targetOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (['EINVAL', 'ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

async function clear(path: string): Promise<void> {
  const target = await targetOf(path);
  // A link that is not ours is taken away, what it leads to is not.
  if (target !== undefined && basename(dirname(target)).startsWith(PREFIX)) {
    await rm(target, { force: true });
    await rmdir(dirname(target)).catch((error: unknown) => {
      if (!['ENOENT', 'ENOTEMPTY'].includes(codeOf(error))) throw error;
    });
  }
  await rm(path, { force: true });
}

async function bindElsewhere(server: Server, link: string): Promise<string> {
  // A temporary folder may itself be named at length; this one never is.
  const base = fits(join(tmpdir(), `${PREFIX}123456`, SOCKET_NAME)) ? tmpdir() : '/tmp';
  const folder = await mkdtemp(join(base, PREFIX));
  const path = join(folder, SOCKET_NAME);
  try {
    await bind(server, path);
    await symlink(path, link);
    return path;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function bind(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ path }, resolve);
  try {
    await promise;
  } finally {
    server.off('error', reject);
  }
  await chmod(path, 0o600);
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST;
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : '';
}
