/**
 * What the IPFS node of an engine says, as people read it.
 *
 * @module
 */
import type { PeersAnswer, PinsAnswer, TopicsAnswer } from '../extensions/ipfs/index.ts';
import { printable } from '../telemetry/printable.ts';
import { bytesText, durationText, table } from './columns.ts';

/**
 * The answer of `peers`. `now` is in milliseconds since 1970.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const connected = [
 *   { peer: '12D3KooWB', addresses: ['/ip4/127.0.0.1/tcp/9'], direction: 'outbound', since: 0, roundTrip: 1.4 },
 * ] as const;
 * const denied = [{ peer: '12D3KooWC', reason: 'topics: forged', since: 0 }];
 * const text = peersText({ state: 'running', peer: '12D3KooWA', addresses: ['/ip4/127.0.0.1/tcp/8'], connected, denied }, 90_000);
 * assert.match(text, /^This engine is 12D3KooWA$/m);
 * assert.match(text, /^12D3KooWB +outbound +1 min +1\.4 ms +\/ip4\/127\.0\.0\.1\/tcp\/9$/m);
 * assert.match(text, /^12D3KooWC +1 min ago +topics: forged$/m);
 * assert.equal(peersText({ state: 'off' }, 0), 'The IPFS node does not run: off\n');
 * ```
 */
export function peersText(answer: PeersAnswer, now: number): string {
  const { state, peer = '', addresses = [], connected = [], denied = [] } = answer;
  if (state !== 'running') return notRunning(state);
  const since = (at: number): string => durationText(Math.max(0, Math.floor((now - at) / 1_000)));
  const rows = connected.map((each) => [
    each.peer,
    each.direction,
    since(each.since),
    each.roundTrip === undefined ? '' : `${Math.round(each.roundTrip * 10) / 10} ms`,
    each.addresses.join(' '),
  ]);
  const refused = denied.map((each) => [each.peer, `${since(each.since)} ago`, each.reason]);
  return textOf([
    `This engine is ${peer}`,
    ...addresses.map((address) => `  ${address}`),
    '',
    ...listed(['peer', 'direction', 'since', 'round trip', 'addresses'], rows, 'No peer is connected'),
    ...(refused.length > 0 ? ['', ...listed(['refused peer', 'since', 'reason'], refused, '')] : []),
  ]);
}

/**
 * The answer of `topics`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const row = { topic: 'board', mode: 'signed', peers: 2, subscribers: ['shop'], accepted: 7, refused: { stale: 3 }, dropped: 0 } as const;
 * assert.match(topicsText({ state: 'running', topics: [row] }), /^board +signed +shop +2 +7 +0 +stale 3$/m);
 * assert.equal(topicsText({ state: 'running', topics: [] }), 'No topic is listened to\n');
 * ```
 */
export function topicsText({ state, topics }: TopicsAnswer): string {
  if (state !== 'running') return notRunning(state);
  const rows = topics.map(({ topic, mode, subscribers, peers, accepted, dropped, refused }) => [
    topic,
    mode,
    subscribers.join(' '),
    String(peers),
    String(accepted),
    String(dropped),
    Object.entries(refused)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', '),
  ]);
  const head = ['topic', 'mode', 'applications', 'engines', 'accepted', 'dropped', 'refused'];
  return textOf(listed(head, rows, 'No topic is listened to', 3));
}

/**
 * The answer of `pins`. `now` is in milliseconds since 1970.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const pins = [{ app: 'shop', cid: 'bafkqabtimvwgy3yk', bytes: 2_048, since: 0 }];
 * assert.match(pinsText({ state: 'running', pins }, 120_000), /^shop +bafkqabtimvwgy3yk +2 KiB +2 min ago$/m);
 * ```
 */
export function pinsText({ state, pins }: PinsAnswer, now: number): string {
  if (state !== 'running') return notRunning(state);
  const rows = pins.map(({ app, cid, bytes, since }) => [
    app,
    cid,
    bytesText(bytes),
    `${durationText(Math.max(0, Math.floor((now - since) / 1_000)))} ago`,
  ]);
  return textOf(listed(['application', 'cid', 'size', 'since'], rows, 'Nothing is pinned', 2));
}

function notRunning(state: string): string {
  return `The IPFS node does not run: ${state}\n`;
}

function listed(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  none: string,
  numbers: number = head.length,
): readonly string[] {
  return rows.length === 0 ? [none] : table([head, ...rows], numbers);
}

/** Names and reasons come from strangers. */
function textOf(lines: readonly string[]): string {
  return `${lines.map((line) => printable(line).trimEnd()).join('\n')}\n`;
}
