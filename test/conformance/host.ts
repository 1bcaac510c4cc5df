/**
 * Host functions for the test guests over plain state: what they logged, and a map.
 *
 * @module
 */
import {
  type Component,
  createLinker,
  type HostInterface,
  type InstancePre,
} from '../../src/component/index.ts';

export interface TestHost {
  /** `level message`, in order. */
  readonly lines: string[];
  readonly store: Map<string, unknown>;
  readonly interfaces: Readonly<Record<string, HostInterface>>;
}

interface KvU64 {
  readonly tag: 'kv-u64';
  readonly val: bigint;
}

/** A fresh host. */
export function testHost(): TestHost {
  const lines: string[] = [];
  const store = new Map<string, unknown>();
  const write = (key: string, value: unknown): unknown => {
    const before = store.get(key);
    if (value === undefined) store.delete(key);
    else store.set(key, value);
    return before;
  };
  const refused = () => {
    throw new Error('Cannot do this in a test: the guests never ask for it');
  };
  const nothing = {};
  return {
    lines,
    store,
    interfaces: {
      'hermes:logging/api': {
        log: (_call, level: string, _file, _function, _line, _column, _context, message: string) => {
          lines.push(`${level} ${message}`);
        },
      },
      'hermes:kv-store/api': {
        kvGet: (_call, key: string) => store.get(key),
        kvGetDefault: (_call, key: string, other: unknown) => store.get(key) ?? other,
        kvSet: (_call, key: string, value: unknown) => {
          write(key, value);
        },
        kvGetSet: (_call, key: string, value: unknown) => write(key, value),
        kvAdd: (_call, key: string, { val }: KvU64) => {
          const before = store.get(key) as KvU64 | undefined;
          return write(key, { tag: 'kv-u64', val: (before?.val ?? 0n) + val });
        },
        kvCas: refused,
        kvSubscribe: refused,
        kvUnsubscribe: refused,
      },
      'hermes:ipfs/api': { getPeerId: () => '12D3KooW' },
      'hermes:cron/api': { add: refused, delay: refused, ls: refused, rm: refused, mkcron: refused },
      'hermes:binary/api': nothing,
      'hermes:cbor/api': nothing,
      'hermes:json/api': nothing,
      'hermes:http-gateway/api': nothing,
    },
  };
}

/** Links a component with these interfaces. With `HERMES_FRESH=1` every event gets a new instance. */
export function linkWith(
  component: Component,
  interfaces: Readonly<Record<string, HostInterface>>,
): InstancePre {
  const linker = createLinker({ reuse: process.env['HERMES_FRESH'] !== '1' });
  for (const [name, functions] of Object.entries(interfaces)) linker.define(name, functions);
  return linker.link(component);
}
