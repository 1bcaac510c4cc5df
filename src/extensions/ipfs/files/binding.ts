import type { AppBinding, AttachedApp, Caller } from '../../../engine/extension.ts';
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
  };
}

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
    { args, ...told }: { readonly args: FileCalls[K]['args']; readonly call: string; readonly errno: Errno },
  ): Promise<FileCalls[K]['answer']> {
    const { signal } = caller;
    return answering(
      { app, caller, errnos: ERRNOS, ...told },
      async () => (await link.call(method, args, { signal, app: app.name })) as FileCalls[K]['answer'],
    );
  }

  return {
    calls: {
      async fileAdd(caller, file) {
        const { cid, path } = await ask('files.add', caller, {
          call: 'file-add',
          args: [file],
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
    },
    async [Symbol.asyncDispose]() {},
  };
}
