import type { AppBinding, AttachedApp, Caller } from '../../../engine/extension.ts';
import { isCoded } from '../../../lib/errors.ts';
import { witError } from '../../../lib/wit-error.ts';
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

/** Whatever the function: what was wrong with its argument, or with the node. All else is the function's own. */
const ERRNOS: Readonly<Record<string, string>> = {
  IPFS_PATH_INVALID: 'invalid-ipfs-path',
  IPFS_CID_INVALID: 'invalid-cid',
  IPFS_UNAVAILABLE: 'service-unavailable',
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
  async function ask<K extends keyof FileCalls>(
    method: K,
    { signal }: Caller,
    { args, errno }: { readonly args: FileCalls[K]['args']; readonly errno: string },
  ): Promise<FileCalls[K]['answer']> {
    try {
      return (await link.call(method, args, { signal, app: app.name })) as FileCalls[K]['answer'];
    } catch (error) {
      // Its event is over: nobody hears an answer.
      signal.throwIfAborted();
      if (!isCoded(error)) throw error;
      const { code, detail, message } = error;
      app.log.warn('A call of hermes:ipfs/api failed', { call: method, code, reason: message, ...detail });
      throw witError(ERRNOS[code] ?? errno);
    }
  }

  return {
    calls: {
      async fileAdd(caller, file) {
        const { cid, path } = await ask('files.add', caller, { args: [file], errno: 'file-add-error' });
        return { filePath: path, cid };
      },
      fileGet: (caller, path) => ask('files.get', caller, { args: [path], errno: 'file-get-error' }),
      filePin: (caller, path) => ask('files.pin', caller, { args: [path], errno: 'file-pin-error' }),
      fileUnpin: (caller, path) => ask('files.unpin', caller, { args: [path], errno: 'file-pin-error' }),
    },
    async [Symbol.asyncDispose]() {},
  };
}
