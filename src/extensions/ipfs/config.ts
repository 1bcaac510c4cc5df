import { isIP } from 'node:net';
import { integer, errors as invalid, type Key, type Keys, oneOf, readConfig } from '../../lib/config.ts';
import { failures, isCoded } from '../../lib/errors.ts';
import { isRecord } from '../../lib/record.ts';
import { isPeerId } from './node-binding.ts';
import { isPeer, MAX_TOPIC } from './permissions.ts';

const fail = failures(invalid);

/** What the operator says of one topic. */
export interface TopicConfig {
  /** Bare bytes without header, as engines of the Rust line send and expect them. */
  readonly raw?: boolean;
  /** Whose messages this engine takes and passes on; everybody's when absent. */
  readonly authors?: readonly string[];
}

/** What every application and every peer is held to; bytes and counts unless the name says seconds. */
export interface IpfsLimits {
  /** Connections to other nodes. */
  readonly connections: number;
  /** New connections that one address may open in each second. */
  readonly inboundPerSecond: number;
  /** A host call is answered `err` after this. */
  readonly callSeconds: number;
  /** Host calls of one application that are under way in the node. */
  readonly calls: number;
  readonly messageBytes: number;
  /** From one peer on one topic. */
  readonly messagesPerSecond: number;
  /** Messages that wait for one application on one topic. */
  readonly inbox: number;
  /** Topics that one application may have subscribed to. */
  readonly subscriptions: number;
  /** Records that one application keeps alive. */
  readonly records: number;
  /** Bytes of other engines' records that are kept for them. */
  readonly foreignRecordBytes: number;
  /** A file in one call. */
  readonly fileBytes: number;
  /** Bytes pinned by one application. */
  readonly pinnedBytes: number;
  /** Bytes of all blocks; beyond it what nobody has pinned is removed. */
  readonly storeBytes: number;
  /**
   * MiB of the JavaScript heap of the node's thread: when it is full the thread ends, and another begins. V8 collects
   * the more often the less this is, long before it is used.
   */
  readonly heapMb: number;
}

/** Plain data: it crosses to the node's thread as it is. */
export interface IpfsConfig {
  /** `on-demand`: with the first application that imports `hermes:ipfs/api`. */
  readonly start: 'on-demand' | 'always' | 'never';
  /** IP addresses. */
  readonly listen: readonly string[];
  /** 0 takes a free one, the same after a restart. */
  readonly port: number;
  /** Multiaddrs at which others reach this node. */
  readonly announce: readonly string[];
  /** Multiaddrs with `/p2p/…` of nodes that connections are kept to. */
  readonly bootstrap: readonly string[];
  /** The longest pause until a bootstrap node that did not answer is dialled again; the first are shorter. */
  readonly retrySeconds: number;
  /** 0: for ever. */
  readonly maxRetries: number;
  /** Path of a libp2p swarm key; empty for none. */
  readonly privateNetworkKey: string;
  readonly topics: Readonly<Record<string, TopicConfig>>;
  /** By application: path of the PEM file of its own Ed25519 key. */
  readonly keys: Readonly<Record<string, string>>;
  /** Peer ids that this engine does not speak to. */
  readonly deny: readonly string[];
  readonly limits: IpfsLimits;
}

/** Nodes that every engine knows: none in this release, an engine finds others when it is told of one. */
export const DEFAULT_BOOTSTRAP_PEERS: readonly string[] = [];

const MIB = 1_048_576;

const limitKeys: Keys<IpfsLimits> = {
  connections: integer(300, { min: 1, max: 10_000 }),
  inboundPerSecond: integer(20, { min: 1, max: 10_000 }),
  callSeconds: integer(30, { min: 1, max: 3_600 }),
  calls: integer(256, { min: 1, max: 10_000 }),
  // Gossipsub drops what is larger than 4 MiB, and says nothing.
  messageBytes: integer(MIB, { min: 1, max: 4 * MIB - 4_096 }),
  messagesPerSecond: integer(5_000, { min: 1 }),
  inbox: integer(1_000, { min: 1, max: 1_000_000 }),
  subscriptions: integer(1_000, { min: 1, max: 100_000 }),
  records: integer(1_000, { min: 1, max: 1_000_000 }),
  foreignRecordBytes: integer(32 * MIB),
  fileBytes: integer(16 * MIB, { min: 1, max: 16 * MIB }),
  pinnedBytes: integer(1_024 * MIB, { min: 1 }),
  storeBytes: integer(4_096 * MIB, { min: 1 }),
  heapMb: integer(2_048, { min: 128, max: 16_384 }),
};

const keys: Keys<Omit<IpfsConfig, 'limits'> & { readonly limits: unknown }> = {
  start: oneOf(['on-demand', 'always', 'never']),
  listen: list(['127.0.0.1'], (text) => isIP(text) !== 0, 'IP addresses, as ["127.0.0.1"]'),
  port: integer(0, { max: 65_535 }),
  announce: list([], isAddress, 'multiaddrs, as ["/dns4/board.example.org/tcp/4001"]'),
  bootstrap: list(
    DEFAULT_BOOTSTRAP_PEERS,
    isPeerAddress,
    'multiaddrs with a peer id, as ["/ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…"]',
  ),
  retrySeconds: integer(10, { min: 1, max: 3_600 }),
  maxRetries: integer(0),
  privateNetworkKey: {
    default: '',
    fault: (value) => (isPath(value) ? undefined : 'must be the path of a file'),
  },
  topics: record(topicFault),
  keys: record((value) => (isPath(value) ? undefined : 'must be the path of a PEM file')),
  deny: list([], isPeer, 'peer ids, as ["12D3KooW…"]'),
  limits: { default: undefined, fault: () => undefined },
};

/**
 * Reads the operator's configuration of this extension. Throws `CONFIG_INVALID`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parseConfig(undefined).listen, ['127.0.0.1']);
 * assert.equal(parseConfig({ limits: { connections: 8 } }).limits.connections, 8);
 * assert.throws(() => parseConfig({ bootstrap: ['192.0.2.7'] }), { code: 'CONFIG_INVALID' });
 * ```
 */
export function parseConfig(value: unknown): IpfsConfig {
  const faults: string[] = [];
  const read = attempt(() => readConfig(value, 'ipfs', keys), faults);
  const given = isRecord(value) ? value['limits'] : undefined;
  const limits = attempt(() => readConfig(given, 'ipfs.limits', limitKeys), faults);
  if (read === undefined || limits === undefined) throw fail('CONFIG_INVALID', { faults });
  return Object.freeze({ ...read, limits });
}

function attempt<T>(parse: () => T, faults: string[]): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isCoded(error) || !Array.isArray(error.detail['faults'])) throw error;
    faults.push(...error.detail['faults'].map(String));
    return undefined;
  }
}

/** Hosts and ports as multiaddrs say them; TCP is the only transport. */
const ADDRESS = /^\/(ip4|ip6|dns|dns4|dns6|dnsaddr)\/([^/]+)(?:\/tcp\/(\d{1,5}))?(?:\/p2p\/([^/]+))?$/;

/** Whether a text is a multiaddr that TCP can be dialled at. */
function isAddress(text: string): boolean {
  const [, kind = '', host = '', port, peer] = ADDRESS.exec(text) ?? [];
  if (host === '' || (peer !== undefined && !isPeerId(peer))) return false;
  if (kind === 'ip4' && isIP(host) !== 4) return false;
  if (kind === 'ip6' && isIP(host) !== 6) return false;
  return port === undefined ? kind === 'dnsaddr' : Number(port) <= 65_535;
}

function isPeerAddress(text: string): boolean {
  return isAddress(text) && text.includes('/p2p/');
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function topicFault(value: unknown): string | undefined {
  const wanted = 'must be an object with "raw" (true or false) or "authors" (a list of peer ids)';
  if (!isRecord(value)) return wanted;
  const { raw, authors, ...others } = value;
  const fits =
    Object.keys(others).length === 0 &&
    (raw === undefined || typeof raw === 'boolean') &&
    (authors === undefined || (Array.isArray(authors) && authors.length > 0 && authors.every(isPeer)));
  return fits ? undefined : wanted;
}

function record<T>(fault: (value: unknown) => string | undefined): Key<Readonly<Record<string, T>>> {
  return {
    default: {},
    fault: (value) => {
      if (!isRecord(value)) return 'must be an object';
      for (const [key, each] of Object.entries(value)) {
        const wrong = key === '' || Buffer.byteLength(key) > MAX_TOPIC ? 'is no name' : fault(each);
        if (wrong !== undefined) return `has a key ${JSON.stringify(key)} that ${wrong}`;
      }
      return undefined;
    },
  };
}

function list(
  otherwise: readonly string[],
  fits: (text: string) => boolean,
  what: string,
): Key<readonly string[]> {
  return {
    default: Object.freeze(otherwise),
    fault: (value) => {
      const wanted = `must be a list of ${what}`;
      if (!Array.isArray(value) || value.length > 1_000) return wanted;
      const wrong = value.find((each) => typeof each !== 'string' || !fits(each));
      return wrong === undefined ? undefined : `${wanted}; found ${JSON.stringify(wrong)}`;
    },
  };
}
