import type { PeerId } from '@libp2p/interface';
import type { Surroundings } from '../node/part.ts';
import type { Refusal } from './calls.ts';
import type { Gossip } from './gossip.ts';
import { OFFENCES } from './limits.ts';
import type { Offences } from './offences.ts';

/** Heartbeats that a peer may be without a stream towards it. */
const SILENT = 10;
/** Heartbeats after which a connection ends on which changes were dropped: by then a flood has ended on the deny list. */
const MISSED = 6;

export interface PoliceDeps extends Pick<Surroundings, 'node' | 'deny' | 'log' | 'count'> {
  readonly gossip: Pick<Gossip, 'invalid' | 'forgive' | 'reaches'>;
  readonly offences: Offences;
}

export interface Police extends Disposable {
  /** Denies this peer if it broke the rules too often, before the next heartbeat. */
  judge(peer: string): void;
  /** Ends the connection of this peer some heartbeats from now, so that it comes back and says all again. */
  renew(peer: string): void;
}

/**
 * At every heartbeat of gossipsub: denies peers that broke the rules too often, and ends connections over which nothing
 * can be sent any more or something was missed, so that the peer may come back with a new one. Disposal ends it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * import { createOffences } from './offences.ts';
 * await using test = await startNode();
 * const gossip = { invalid: () => new Map(), forgive() {}, reaches: () => true };
 * const offences = createOffences({ now: () => 0, flood: 100 });
 * using police = watchPeers({ ...test.surroundings, gossip, offences });
 * assert.deepEqual(test.deny.list(), []);
 * ```
 */
export function watchPeers({ node, deny, log, count, gossip, offences }: PoliceDeps): Police {
  const { pubsub } = node;
  const useless = uselessConnections({ node, log, gossip });

  function punish(peer: string, reason: Refusal | 'bad-signature'): void {
    // Whoever allows it again means it.
    offences.forget(peer);
    gossip.forgive(peer);
    if (!deny.deny(peer, `topics: ${reason}`)) return;
    count('peers_denied_total', { reason });
    const help =
      'if this was a mistake, as a topic that is raw on one side only, or other limits: hermes peers --allow <peer>';
    log.warn('Peer denied: it kept sending messages that break the rules', { peer, reason, help });
  }

  function judge(peer: string, messages = gossip.invalid().get(peer) ?? 0): void {
    if (messages >= OFFENCES.hard) punish(peer, offences.worst(peer) ?? 'bad-signature');
    const reason = offences.verdict(peer);
    if (reason) punish(peer, reason);
  }

  function beat(): void {
    for (const [peer, messages] of gossip.invalid()) judge(peer, messages);
    for (const peer of pubsub.getPeers()) judge(peer.toString(), 0);
    useless.end();
  }

  pubsub.addEventListener('gossipsub:heartbeat', beat);
  return {
    judge,
    renew: useless.renew,
    [Symbol.dispose]: () => pubsub.removeEventListener('gossipsub:heartbeat', beat),
  };
}

/** Connections that are of no use until they are made anew; `end` is to be called at every heartbeat. */
function uselessConnections({ node, log, gossip }: Pick<PoliceDeps, 'node' | 'log' | 'gossip'>): {
  readonly end: () => void;
  readonly renew: Police['renew'];
} {
  const { pubsub, libp2p } = node;
  const silent = new Map<string, number>();
  const missed = new Map<string, number>();

  function end(peer: PeerId): void {
    libp2p
      .hangUp(peer)
      .catch((error: unknown) =>
        log.debug('Connection could not be ended', { peer: peer.toString() }, error),
      );
  }

  function lookForSilent(): void {
    const present = new Set<string>();
    for (const peer of pubsub.getPeers()) {
      const id = peer.toString();
      present.add(id);
      const beats = gossip.reaches(id) ? 0 : (silent.get(id) ?? 0) + 1;
      silent.set(id, beats);
      if (beats < SILENT) continue;
      silent.delete(id);
      log.debug('Peer takes no messages any more: its connection is ended', { peer: id });
      end(peer);
    }
    for (const id of silent.keys()) if (!present.has(id)) silent.delete(id);
  }

  function endMissed(): void {
    const present = new Map(pubsub.getPeers().map((peer) => [peer.toString(), peer]));
    for (const [id, beats] of missed) {
      const peer = present.get(id);
      if (peer && beats < MISSED) {
        missed.set(id, beats + 1);
        continue;
      }
      missed.delete(id);
      if (!peer) continue;
      log.debug('Peer said more of its topics than was read: its connection is ended', { peer: id });
      end(peer);
    }
  }

  return {
    end() {
      lookForSilent();
      endMissed();
    },
    renew(peer) {
      if (!missed.has(peer)) missed.set(peer, 0);
    },
  };
}
