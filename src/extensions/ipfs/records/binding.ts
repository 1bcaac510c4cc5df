import type { AppBinding, AttachedApp, Caller } from '../../../engine/extension.ts';
import { failures, isCoded } from '../../../lib/errors.ts';
import { witError } from '../../../lib/wit-error.ts';
import type { NodeLink } from '../link/node-link.ts';
import type { IpfsPermissions } from '../permissions.ts';
import type { Place, RecordCalls } from './calls.ts';
import { errors } from './errors.ts';
import { MAX_KEY, MAX_VALUE } from './limits.ts';
import { placeOf } from './place.ts';

const fail = failures(errors);

export interface RecordsBindingOptions {
  readonly link: Pick<NodeLink, 'call'>;
  readonly app: Pick<AttachedApp, 'name' | 'log'>;
  readonly permissions: IpfsPermissions;
}

/** The functions of the WIT, for one application. */
export interface RecordsBinding extends AppBinding {
  readonly calls: {
    readonly dhtPut: (caller: Caller, key: Uint8Array, value: Uint8Array) => Promise<boolean>;
    readonly dhtGet: (caller: Caller, key: Uint8Array) => Promise<Uint8Array>;
    readonly dhtProvide: (caller: Caller, key: Uint8Array) => Promise<void>;
    readonly dhtGetProviders: (caller: Caller, key: Uint8Array) => Promise<readonly string[]>;
  };
  /** Whether `dhtPut` would take this. */
  validate(key: Uint8Array, value: Uint8Array): boolean;
}

/** Whatever the function: what was wrong with its argument, or with the node. All else is the function's own. */
const ERRNOS: Readonly<Record<string, string>> = {
  RECORD_KEY: 'invalid-dht-key',
  RECORD_VALUE: 'invalid-dht-value',
  IPFS_UNAVAILABLE: 'service-unavailable',
};

/** What happens in a normal life: a line for those who look for it. */
const EXPECTED: ReadonlySet<string> = new Set(['RECORD_NOT_FOUND']);

/**
 * What modules of one application may do with records in the DHT. What cannot be done is an `errno` for the module,
 * and a line that says why in the application's log. Records outlive the binding.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeCaller } from '../../../testkit/index.ts';
 * import { parsePermissions } from '../permissions.ts';
 * const link = { call: async () => true } as const;
 * const permissions = parsePermissions(undefined);
 * await using binding = bindRecords({ link, app: fakeApp(), permissions });
 * const [key, value] = [new Uint8Array([1]), new Uint8Array([2])];
 * assert.equal(await binding.calls.dhtPut(fakeCaller(), key, value), true);
 * await assert.rejects(binding.calls.dhtGet(fakeCaller(), new Uint8Array()), { payload: 'invalid-dht-key' });
 * ```
 */
export function bindRecords({ link, app, permissions }: RecordsBindingOptions): RecordsBinding {
  async function ask<Name extends keyof RecordCalls>(
    name: Name,
    { signal }: Caller,
    { key, value, errno }: Asked,
  ): Promise<Awaited<ReturnType<RecordCalls[Name]>>> {
    const call = `records.${name}`;
    try {
      const place = checked(app.name, { key, value, permissions });
      const args = value ? [place, value] : [place];
      return (await link.call(call, args, { signal, app: app.name })) as Awaited<
        ReturnType<RecordCalls[Name]>
      >;
    } catch (error) {
      // Its event is over: nobody hears an answer.
      signal.throwIfAborted();
      if (!isCoded(error)) throw error;
      const { code, detail, message } = error;
      const fields = { call, code, reason: message, ...detail };
      if (EXPECTED.has(code)) app.log.debug('A call of hermes:ipfs/api found nothing', fields);
      else app.log.warn('A call of hermes:ipfs/api failed', fields);
      throw witError(ERRNOS[code] ?? errno);
    }
  }

  return {
    calls: {
      dhtPut: (caller, key, value) => ask('put', caller, { key, value, errno: 'dht-put-error' }),
      dhtGet: (caller, key) => ask('get', caller, { key, errno: 'dht-get-error' }),
      dhtProvide: (caller, key) => ask('provide', caller, { key, errno: 'dht-provide-error' }),
      dhtGetProviders: (caller, key) => ask('providers', caller, { key, errno: 'dht-get-providers-error' }),
    },
    validate: (key, value) => fits(key, MAX_KEY) && fits(value, MAX_VALUE),
    async [Symbol.asyncDispose]() {},
  };
}

interface Asked {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
  readonly errno: string;
}

interface Given {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  readonly permissions: IpfsPermissions;
}

function checked(app: string, { key, value, permissions }: Given): Place {
  if (!fits(key, MAX_KEY)) throw fail('RECORD_KEY', { bytes: key.length });
  if (value && !fits(value, MAX_VALUE)) throw fail('RECORD_VALUE', { bytes: value.length });
  return placeOf(app, key, permissions);
}

function fits({ length }: Uint8Array, most: number): boolean {
  return length > 0 && length <= most;
}
