import type { AdminMethod } from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { errors } from './errors.ts';
import type { PinRow } from './files/calls.ts';
import type { NodeLink } from './link/node-link.ts';
import type { Peers } from './node/peers.ts';
import { isPeerId } from './node-binding.ts';
import type { TopicReport } from './topics/calls.ts';

const fail = failures(errors);

/** A path would be looked up, and a pin is a CID. */
const CID_TEXT = /^[0-9A-Za-z]{8,256}$/;

/** What `hermes peers` is told; without a node nothing but its state. */
export type PeersAnswer = { readonly state: NodeLink['state'] } & Partial<Peers>;
/** What `hermes topics` is told. */
export interface TopicsAnswer {
  readonly state: NodeLink['state'];
  readonly topics: readonly TopicReport[];
}
/** What `hermes pins` is told. */
export interface PinsAnswer {
  readonly state: NodeLink['state'];
  readonly pins: readonly PinRow[];
}

/**
 * What an operator may ask of the node, and say to it. Looking at a node does not start one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const link = { state: 'off', call: async () => assert.fail('not asked') } as const;
 * const { peers } = adminMethods(link, console);
 * const options = { signal: new AbortController().signal };
 * assert.deepEqual(await peers?.({}, options), { state: 'off' });
 * await assert.rejects(async () => peers?.({ deny: 'ann' }, options), { code: 'IPFS_PARAMS' });
 * ```
 */
export function adminMethods(
  link: Pick<NodeLink, 'state' | 'call'>,
  log: Pick<Logger, 'info'>,
): Readonly<Record<string, AdminMethod>> {
  return {
    async peers(params, { signal }): Promise<PeersAnswer> {
      const { deny, allow } = peerParams(params);
      // Whoever is told to change something is to be there: the list is the node's.
      if (deny !== undefined) await link.call('node.deny', [deny], { signal });
      if (allow !== undefined) await link.call('node.allow', [allow], { signal });
      if (link.state !== 'running') return { state: link.state };
      const peers = (await link.call('node.peers', [], { signal })) as Peers;
      return { state: link.state, ...peers };
    },
    async topics(params, { signal }): Promise<TopicsAnswer> {
      refuseParams('topics', params);
      if (link.state !== 'running') return { state: link.state, topics: [] };
      const topics = (await link.call('topics.list', [], { signal })) as readonly TopicReport[];
      return { state: link.state, topics };
    },
    async pins(params, { signal }): Promise<PinsAnswer> {
      const { remove, app } = pinParams(params);
      if (remove !== undefined) {
        if (!(await link.call('files.unpin', [remove], { signal, app })))
          throw fail('IPFS_PIN_UNKNOWN', { app, cid: remove });
        log.info('The operator removed a pin of an application', { app, cid: remove });
      }
      if (link.state !== 'running') return { state: link.state, pins: [] };
      const pins = (await link.call('files.pins', [], { signal })) as readonly PinRow[];
      return { state: link.state, pins };
    },
  };
}

function peerParams(params: Readonly<Record<string, unknown>>): {
  readonly deny: string | undefined;
  readonly allow: string | undefined;
} {
  const { deny, allow, ...others } = params;
  const faults = unknownIn(others, ['deny', 'allow']);
  for (const [key, value] of Object.entries({ deny, allow }))
    if (value !== undefined && !(typeof value === 'string' && isPeerId(value)))
      faults.push(`${key} must be a peer id, as "12D3KooW…"`);
  if (faults.length > 0) throw fail('IPFS_PARAMS', { method: 'peers', faults });
  return { deny: deny as string | undefined, allow: allow as string | undefined };
}

function pinParams(params: Readonly<Record<string, unknown>>): {
  readonly remove: string | undefined;
  readonly app: string;
} {
  const { remove, app, ...others } = params;
  const faults = unknownIn(others, ['remove', 'app']);
  if (remove !== undefined && !(typeof remove === 'string' && CID_TEXT.test(remove)))
    faults.push('remove must be a CID, as "bafk…"');
  if (app !== undefined && !(typeof app === 'string' && app !== ''))
    faults.push('app must be the name of an application');
  if ((remove === undefined) !== (app === undefined))
    faults.push('remove and app go together: whose pin, and which');
  if (faults.length > 0) throw fail('IPFS_PARAMS', { method: 'pins', faults });
  return { remove: remove as string | undefined, app: app as string };
}

function refuseParams(method: string, params: Readonly<Record<string, unknown>>): void {
  const faults = unknownIn(params, []);
  if (faults.length > 0) throw fail('IPFS_PARAMS', { method, faults });
}

function unknownIn(params: Readonly<Record<string, unknown>>, known: readonly string[]): string[] {
  return Object.keys(params).map((key) => `${key} is unknown: ${suggest(key, known)}`);
}
