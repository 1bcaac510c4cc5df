/** Peers that break the rules, against whole engines with the limits that they have by default. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { startHostile } from '../../src/extensions/ipfs/fixtures/hostile.ts';
import { wireRecord } from '../../src/extensions/ipfs/fixtures/kad-wire.ts';
import { until } from '../../src/extensions/ipfs/fixtures/until.ts';
import { count, long } from '../count.ts';
import { dialAgain } from './fixtures/dialler.ts';
import { type Engine, publishUntilHeard, startEngine } from './fixtures/engines.ts';
import { type Speaker, startSpeaker } from './fixtures/speaker.ts';

const timeout = 600_000;

describe('an engine among strangers', { timeout }, () => {
  const stack = new AsyncDisposableStack();
  let victim: Engine;
  let honest: Engine;
  before(async () => {
    const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-hostile-')));
    victim = stack.use(await startEngine({ home: join(folder.path, 'victim') }));
    honest = stack.use(await startEngine({ home: join(folder.path, 'honest'), bootstrap: victim.addresses }));
    await publishUntilHeard(honest, [victim], 'hello');
  });
  after(() => stack.disposeAsync());

  const denied = ({ peer }: Speaker): boolean =>
    victim.log.lines.some(
      ({ message, fields }) => message.startsWith('Peer denied') && fields['peer'] === peer,
    );

  /** Milliseconds from the request of the honest engine to the event of the other, the p99 of so many. */
  async function slowest(messages: number): Promise<number> {
    const took: number[] = [];
    for (let n = 0; n < messages; n++) {
      const text = `honest ${randomBytes(8).toString('hex')}`;
      const begun = performance.now();
      await honest.ask('publish', 'board', text);
      await until(() => victim.heard().some((each) => each.text === text && each.publisher === honest.peer));
      took.push(performance.now() - begun);
    }
    return took.toSorted((a, b) => a - b)[Math.floor(0.99 * (messages - 1))] as number;
  }

  const attacks: Readonly<Record<string, (speaker: Speaker) => Promise<void>>> = {
    forged(speaker) {
      speaker.pretend(peerIdFromString(honest.peer));
      return speaker.say('bad');
    },
    malformed: (speaker) => speaker.send(randomBytes(100)),
    oversized: (speaker) => speaker.say('bad'.repeat(353_334)),
    'of another topic': (speaker) => speaker.say('bad', { topic: 'board/votes' }),
  };
  for (const [kind, attack] of Object.entries(attacks)) {
    test(`messages that are ${kind} reach no guest, and who sends them is denied`, async () => {
      await using speaker = await startSpeaker(victim, 'board');
      await until(async () => {
        if (!denied(speaker)) await attack(speaker);
        return denied(speaker);
      });
      await slowest(3);
      assert.deepEqual(
        victim.heard().filter(({ text }) => text.includes('bad')),
        [],
      );
      assert.deepEqual(honest.heard(), []);
    });
  }

  test('a message that is sent again and again is heard once', async () => {
    await using speaker = await startSpeaker(victim, 'board');
    const heard = () => victim.heard().filter(({ text }) => text === 'again');
    await until(async () => {
      await speaker.say('again', { sequence: 7 });
      return heard().length > 0;
    });
    for (let n = 0; n < 5; n++) await speaker.say('again', { sequence: 7 });
    await slowest(3);
    assert.equal(heard().length, 1);
  });

  test('lies in the DHT keep nobody from what others say', async () => {
    const strangers = () =>
      Array.from({ length: 200 }, () => ({ id: Uint8Array.from([0, 36, 8, 1, 18, 32, ...randomBytes(32)]) }));
    await using hostile = await startHostile({
      dht: ({ type, key = new Uint8Array() }) => ({
        type,
        key,
        record: wireRecord(key, randomBytes(200)),
        closer: strangers(),
        providers: strangers(),
      }),
    });
    await hostile.libp2p.dial(victim.addresses.map((address) => multiaddr(address)));
    await honest.ask('put', 'price', 'right');
    await honest.ask('provide', 'price');
    await until(async () => {
      assert.equal(await victim.ask('get', 'price'), 'right');
      const providers = (await victim.ask('providers', 'price')) as readonly string[];
      assert.ok(providers.includes(honest.peer));
      assert.ok(providers.length <= 100, `${providers.length} providers`);
      return hostile.asked.some(({ type }) => type === 'GET_VALUE' || type === 'GET_PROVIDERS');
    });
  });

  test(`${count(10_000)} dials and connections that stay half open hold up nobody`, async (t) => {
    const quiet = await slowest(long ? 100 : 10);
    const before = process.memoryUsage.rss();
    const port = Number(/\/tcp\/(\d+)\//.exec(victim.addresses[0] ?? '')?.[1]);
    const attack = dialAgain({ port, times: count(10_000), silent: 100 });
    const busy = await slowest(long ? 100 : 10);
    await attack;
    await slowest(1);
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
    t.diagnostic(
      `p99 of others ${quiet.toFixed(1)} ms, ${busy.toFixed(1)} meanwhile, wanted at most 3 times`,
    );
    t.diagnostic(`resident memory grew by ${grown.toFixed(0)} MiB`);
    assert.ok(grown < 300, `${grown} MiB`);
    assert.equal(victim.metric('peers') >= 1, true);
  });
});
