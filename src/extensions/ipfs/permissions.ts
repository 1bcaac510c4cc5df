/**
 * Which topics and namespaces an application may use: the part `ipfs` of its permissions.
 *
 * @module
 */
import { failures } from '../../lib/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import { isRecord } from '../../lib/record.ts';
import { errors } from './errors.ts';

const fail = failures(errors);

/** One entry of `topics`. */
export interface TopicRule {
  /** As written: `board`, or `board/*` for all topics below it, or `*`. */
  readonly topic: string;
  /** Peer ids of those who may write; everybody when absent. */
  readonly authors?: ReadonlySet<string>;
  /** Name of the module that is asked what may pass. */
  readonly verdict?: string;
}

/** One entry of `namespaces`. */
export interface NamespaceRule {
  readonly namespace: string;
  /** Peer ids of those whose records are taken; everybody's when absent. */
  readonly authors?: ReadonlySet<string>;
}

export interface IpfsPermissions {
  readonly topics: readonly TopicRule[];
  readonly namespaces: readonly NamespaceRule[];
  /** The rule that fits this topic best: its own, else that of the longest `…/*`. */
  topic(name: string): TopicRule | undefined;
  namespace(name: string): NamespaceRule | undefined;
}

/** What a topic and a peer id look like; `docs/ipfs.md` says so too. */
const PEER = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/;
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Bytes in the name of a topic. */
export const MAX_TOPIC = 256;

/**
 * Reads the part `ipfs` of `AttachedApp.permissions`; `undefined` allows nothing. Throws `IPFS_PERMISSIONS` with
 * `faults`, one sentence for each.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const own = parsePermissions({ topics: ['board', { topic: 'board/*', verdict: 'moderator' }] });
 * assert.equal(own.topic('board')?.verdict, undefined);
 * assert.equal(own.topic('board/cars')?.verdict, 'moderator');
 * assert.equal(own.topic('votes'), undefined);
 * assert.throws(() => parsePermissions({ topics: [{ topic: '' }] }), { code: 'IPFS_PERMISSIONS' });
 * ```
 */
export function parsePermissions(value: unknown): IpfsPermissions {
  const faults: string[] = [];
  const given = value === undefined ? {} : value;
  if (!isRecord(given)) throw fail('IPFS_PERMISSIONS', { faults: ['ipfs must be an object'] });
  for (const key of Object.keys(given)) {
    if (key !== 'topics' && key !== 'namespaces')
      faults.push(`ipfs.${key} is unknown: ${suggest(key, ['topics', 'namespaces'])}`);
  }
  const topics = listOf(given['topics'], 'ipfs.topics', faults).map((entry) => topicOf(entry, faults));
  const namespaces = listOf(given['namespaces'], 'ipfs.namespaces', faults).map((entry) =>
    namespaceOf(entry, faults),
  );
  if (faults.length > 0) throw fail('IPFS_PERMISSIONS', { faults });
  return found(topics, namespaces);
}

function found(topics: readonly TopicRule[], namespaces: readonly NamespaceRule[]): IpfsPermissions {
  const exact = new Map(topics.map((rule) => [rule.topic, rule]));
  const below = topics
    .filter(({ topic }) => isPattern(topic))
    .toSorted((a, b) => b.topic.length - a.topic.length);
  const byName = new Map(namespaces.map((rule) => [rule.namespace, rule]));
  return {
    topics,
    namespaces,
    topic: (name) => {
      const own = isPattern(name) ? undefined : exact.get(name);
      return own ?? below.find(({ topic }) => name.startsWith(topic.slice(0, -1)));
    },
    namespace: (name) => byName.get(name),
  };
}

function isPattern(topic: string): boolean {
  return topic === '*' || topic.endsWith('/*');
}

interface Entry {
  readonly where: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Entries as objects: a bare name is an object with nothing but the name. */
function listOf(value: unknown, where: string, faults: string[]): readonly Entry[] {
  if (value === undefined) return [];
  const key = where.endsWith('topics') ? 'topic' : 'namespace';
  if (!Array.isArray(value)) {
    faults.push(`${where} must be a list of names, or of objects with the key "${key}"`);
    return [];
  }
  return value.map((entry: unknown, index) => ({
    where: `${where}[${index}]`,
    value: isRecord(entry) ? entry : { [key]: entry },
  }));
}

function topicOf({ where, value }: Entry, faults: string[]): TopicRule {
  const { topic, authors, verdict, ...others } = value;
  refuseOthers(others, { where, known: ['topic', 'authors', 'verdict'] }, faults);
  if (typeof topic !== 'string' || topic === '' || Buffer.byteLength(topic) > MAX_TOPIC)
    faults.push(`${where} must name a topic of 1 to ${MAX_TOPIC} bytes`);
  if (verdict !== undefined && (typeof verdict !== 'string' || !NAME.test(verdict)))
    faults.push(`${where}.verdict must be the name of a module`);
  return {
    topic: String(topic),
    ...authorsOf(authors, where, faults),
    ...(verdict !== undefined && { verdict: String(verdict) }),
  };
}

function namespaceOf({ where, value }: Entry, faults: string[]): NamespaceRule {
  const { namespace, authors, ...others } = value;
  refuseOthers(others, { where, known: ['namespace', 'authors'] }, faults);
  if (typeof namespace !== 'string' || !NAME.test(namespace))
    faults.push(`${where} must name a namespace: 1 to 63 lower-case letters, digits and inner hyphens`);
  return { namespace: String(namespace), ...authorsOf(authors, where, faults) };
}

function authorsOf(
  value: unknown,
  where: string,
  faults: string[],
): { readonly authors?: ReadonlySet<string> } {
  if (value === undefined) return {};
  const fits = Array.isArray(value) && value.length > 0 && value.every(isPeer);
  if (!fits) faults.push(`${where}.authors must be a list of peer ids, as ["12D3KooW…"]`);
  return { authors: new Set(fits ? (value as readonly string[]) : []) };
}

/**
 * Whether a text is the peer id of an Ed25519 key, as authors are named.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(isPeer('12D3KooWGRUWpRxLdUpNd3UyTEnjcaZBkLFhK6Z2Ym4wKcZCg4Vd'), true);
 * assert.equal(isPeer('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'), false);
 * ```
 */
export function isPeer(value: unknown): value is string {
  return typeof value === 'string' && PEER.test(value);
}

function refuseOthers(
  others: Readonly<Record<string, unknown>>,
  { where, known }: { readonly where: string; readonly known: readonly string[] },
  faults: string[],
): void {
  for (const key of Object.keys(others)) faults.push(`${where}.${key} is unknown: ${suggest(key, known)}`);
}
