import type { AppBinding, AttachedApp, Caller } from '../../../engine/extension.ts';
import type { LateFile } from '../../../engine/late-files.ts';
import { isCoded } from '../../../lib/errors.ts';
import { answering } from '../errno.ts';
import type { Errno } from '../generated/api.ts';
import type { NodeLink } from '../link/node-link.ts';
import type { FileCalls } from './calls.ts';

export interface FilesBindingOptions {
  readonly link: NodeLink;
  readonly app: Pick<AttachedApp, 'name' | 'log'>;
}

/** The functions of the WIT, for one application. */
export interface FilesBinding extends AppBinding {
  readonly calls: {
    readonly fileAdd: (caller: Caller, file: Uint8Array) => Promise<{ filePath: string; cid: Uint8Array }>;
    readonly fileGet: (caller: Caller, path: string) => Promise<Uint8Array>;
    readonly filePin: (caller: Caller, path: string) => Promise<boolean>;
    readonly fileUnpin: (caller: Caller, path: string) => Promise<boolean>;
    /** For `/ipfs` in the file tree; see `LateFiles`. */
    readonly fileLook: (caller: Caller, path: string, want: 'stat' | 'open') => Promise<Looked>;
  };
}

type Looked = LateFile | 'io' | 'file-too-large' | 'not-directory' | undefined;

/** What is no path of IPFS leads to nothing, as on any disk. */
const NOT_THERE: readonly string[] = [
  'IPFS_NAME_UNKNOWN',
  'IPFS_PATH_INVALID',
  'IPFS_CID_INVALID',
  'IPFS_KIND',
];

/** What was wrong with a path, whatever the function. */
const ERRNOS: Readonly<Record<string, Errno>> = {
  IPFS_PATH_INVALID: 'invalid-ipfs-path',
  IPFS_CID_INVALID: 'invalid-cid',
};

/**
 * What modules of one application may do with files. What cannot be done is an `errno` for the module, and a line
 * that says why in the application's log. Pins outlive the binding.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeCaller } from '../../../testkit/index.ts';
 * const link = { call: async () => true } as never;
 * await using binding = bindFiles({ link, app: fakeApp() });
 * assert.equal(await binding.calls.filePin(fakeCaller(), 'bafkqabtimvwgy3yk'), true);
 * ```
 */
export function bindFiles({ link, app }: FilesBindingOptions): FilesBinding {
  function ask<K extends keyof FileCalls>(
    method: K,
    caller: Caller,
    { args, moved = [], ...told }: Asked<K>,
  ): Promise<FileCalls[K]['answer']> {
    const options = { signal: caller.signal, app: app.name, moved };
    return answering(
      { app, caller, errnos: ERRNOS, ...told },
      async () => (await link.call(method, args, options)) as FileCalls[K]['answer'],
    );
  }

  return {
    calls: {
      async fileAdd(caller, file) {
        const { cid, path } = await ask('files.add', caller, {
          call: 'file-add',
          args: [file],
          // It may be large, and nobody else has it.
          moved: [file],
          errno: 'file-add-error',
        });
        return { filePath: path, cid };
      },
      fileGet: (caller, path) =>
        ask('files.get', caller, { call: 'file-get', args: [path], errno: 'file-get-error' }),
      filePin: (caller, path) =>
        ask('files.pin', caller, { call: 'file-pin', args: [path], errno: 'file-pin-error' }),
      fileUnpin: (caller, path) =>
        ask('files.unpin', caller, { call: 'file-unpin', args: [path], errno: 'file-pin-error' }),
      async fileLook(caller, path, want): Promise<Looked> {
        const { signal } = caller;
        try {
          return (await link.call('files.look', [path, want], { signal, app: app.name })) as LateFile;
        } catch (error) {
          signal.throwIfAborted();
          if (!isCoded(error)) throw error;
          const { code, detail, message } = error;
          if (NOT_THERE.includes(code)) return detail['found'] === 'file' ? 'not-directory' : undefined;
          app.log.warn('A file below /ipfs cannot be read', { path, code, reason: message, ...detail });
          return code === 'IPFS_TOO_LARGE' ? 'file-too-large' : 'io';
        }
      },
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Asked<K extends keyof FileCalls> {
  readonly args: FileCalls[K]['args'];
  /** See `LinkCall.moved`. */
  readonly moved?: readonly Uint8Array[];
  /** In the WIT's words. */
  readonly call: string;
  readonly errno: Errno;
}
