import type { AppBinding, AttachedApp, Caller } from '../../../engine/extension.ts';
import { failures } from '../../../lib/errors.ts';
import { type Answering, answering } from '../errno.ts';
import type { Errno } from '../generated/api.ts';
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

/** What was wrong with an argument, whatever the function. */
const ERRNOS: Readonly<Record<string, Errno>> = {
  RECORD_KEY: 'invalid-dht-key',
  RECORD_VALUE: 'invalid-dht-value',
};

/** What happens in a normal life. */
const EXPECTED: readonly string[] = ['RECORD_NOT_FOUND'];

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
  function ask<Name extends keyof RecordCalls>(
    name: Name,
    caller: Caller,
    { key, value, ...told }: Asked,
  ): Promise<Answer<Name>> {
    const options = { signal: caller.signal, app: app.name };
    return answering(
      { app, caller, errnos: ERRNOS, expected: EXPECTED, ...told },
      async (): Promise<Answer<Name>> => {
        const place = checked(app.name, { key, value, permissions });
        const args = value ? [place, value] : [place];
        return (await link.call(`records.${name}`, args, options)) as Answer<Name>;
      },
    );
  }

  return {
    calls: {
      dhtPut: (caller, key, value) =>
        ask('put', caller, { key, value, call: 'dht-put', errno: 'dht-put-error' }),
      dhtGet: (caller, key) => ask('get', caller, { key, call: 'dht-get', errno: 'dht-get-error' }),
      dhtProvide: (caller, key) =>
        ask('provide', caller, { key, call: 'dht-provide', errno: 'dht-provide-error' }),
      dhtGetProviders: (caller, key) =>
        ask('providers', caller, { key, call: 'dht-get-providers', errno: 'dht-get-providers-error' }),
    },
    validate: (key, value) => fits(key, MAX_KEY) && fits(value, MAX_VALUE),
    async [Symbol.asyncDispose]() {},
  };
}

type Answer<Name extends keyof RecordCalls> = Awaited<ReturnType<RecordCalls[Name]>>;

interface Asked extends Pick<Answering, 'call' | 'errno'> {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
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
