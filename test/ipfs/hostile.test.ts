/** Peers that break the rules, against whole engines with the limits that they have by default. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
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
import { type Attacker, startAttacker } from './fixtures/attacker.ts';
import { dialAgain } from './fixtures/dialler.ts';
import { APP, type Engine, publishUntilHeard, sha256, startEngine } from './fixtures/engines.ts';
import type { Flood } from './fixtures/gossip-floods.ts';
import { lies, noise, startLiar, wants } from './fixtures/liar.ts';
import { createMovedClock, type MovedClock } from './fixtures/moved-clock.ts';
import { type Speaker, startSpeaker } from './fixtures/speaker.ts';

const timeout = 600_000;

/** What floods come on; the honest engine speaks on another. */
const LOUD = 'board/loud';
const REFUSED = /^Peer denied|it is on the deny list now$/;
const MIB = 2 ** 20;

/** What a flood is denied for; in `npm test` some of them. */
const FLOODS: Readonly<Partial<Record<Flood, string | undefined>>> = {
  forged: 'bad-signature',
  replayed: 'flooding',
  unheard: 'flooding',
  ...(long && {
    unsigned: 'bad-signature',
    signed: 'flooding',
    crowded: 'flooding',
    empty: 'flooding',
    subscriptions: 'flooding',
    ihave: 'flooding',
    iwant: 'flooding',
    idontwant: 'flooding',
    graft: 'flooding',
    prune: 'flooding',
  }),
};

describe('an engine among strangers', { timeout }, () => {
  const stack = new AsyncDisposableStack();
  let victim: Engine;
  let honest: Engine;
  let clock: MovedClock;
  before(async () => {
    const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-hostile-')));
    clock = stack.use(createMovedClock());
    victim = stack.use(await startEngine({ home: join(folder.path, 'victim'), clock }));
    honest = stack.use(await startEngine({ home: join(folder.path, 'honest'), bootstrap: victim.addresses }));
    await publishUntilHeard(honest, [victim], 'hello');
    await victim.ask('subscribe', LOUD);
  });
  after(() => stack.disposeAsync());

  const refused = ({ peer }: { readonly peer: string }) =>
    victim.log.lines.find(({ message, fields }) => REFUSED.test(message) && fields['peer'] === peer);
  const denied = (who: { readonly peer: string }): boolean => refused(who) !== undefined;

  /**
   * Lets the honest engine publish two messages at a time, so many times, or as long as it is told: all of them come, once and in order.
   * Answers the p99 of the milliseconds from the request to the event of the other engine.
   */
  async function slowest(times: number, goesOn = (): boolean => true): Promise<number> {
    const heard = () =>
      victim.heard().filter(({ text, publisher }) => publisher === honest.peer && text.startsWith('honest'));
    const before = heard().length;
    const begun = new Map<string, number>();
    for (let n = 0; n < times && goesOn(); n++) {
      for (const each of ['a', 'b']) {
        const text = `honest ${randomUUID()} ${each}`;
        begun.set(text, performance.now());
        await honest.ask('publish', 'board', text);
      }
      await until(() => heard().length >= before + begun.size);
    }
    const all = heard().slice(before);
    assert.deepEqual(
      all.map(({ text }) => text),
      [...begun.keys()],
    );
    const took = all.map(({ text, at }) => at - (begun.get(text) ?? 0)).toSorted((a, b) => a - b);
    return took[Math.ceil(0.99 * took.length) - 1] ?? 0;
  }

  const attacks: Readonly<Record<string, (speaker: Speaker) => Promise<void>>> = {
    forged(speaker) {
      speaker.pretend(peerIdFromString(honest.peer));
      return speaker.say('evil');
    },
    malformed: (speaker) => speaker.send(randomBytes(100)),
    oversized: (speaker) => speaker.say('evil'.repeat(265_001)),
    'of another topic': (speaker) => speaker.say('evil', { topic: 'board/votes' }),
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
        victim.heard().filter(({ text }) => text.includes('evil')),
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

  describe('floods on other topics', () => {
    const own = new AsyncDisposableStack();
    let attacker: Attacker;
    before(() => {
      attacker = own.use(startAttacker());
    });
    after(() => own.disposeAsync());

    for (const [kind, reason] of Object.entries(FLOODS)) {
      test(`messages that are ${kind}: honest ones come, and ${reason ?? 'nobody'} is denied`, {
        timeout: 120_000,
      }, async (t) => {
        const rss = process.memoryUsage.rss();
        const quiet = await slowest(long ? 50 : 5);
        const { addresses: engine } = victim;
        const attack = { flood: kind as Flood, engine, topic: LOUD, app: APP, messages: 20_000 };
        const peer = await attacker.prepare(attack);
        let over = false;
        const flood = attacker.flood().finally(() => {
          over = true;
        });
        const busy = await slowest(long ? 50 : 5, () => !over);
        if (reason) await until(() => over);
        else attacker.halt();
        const { frames, mebibytes } = await flood;
        await slowest(1);
        assert.equal(refused({ peer })?.fields['reason'], reason);
        const grown = (process.memoryUsage.rss() - rss) / MIB;
        const heap = victim.metric('heap_bytes') / MIB;
        t.diagnostic(`${frames} frames, ${mebibytes.toFixed(0)} MiB`);
        t.diagnostic(
          `p99 of others ${quiet.toFixed(1)} ms, ${busy.toFixed(1)} meanwhile: ${(busy / quiet).toFixed(1)} times`,
        );
        t.diagnostic(
          `resident memory grew by ${grown.toFixed(0)} MiB; ${heap.toFixed(0)} MiB of heap in the node`,
        );
        assert.ok(grown < 300, `${grown} MiB`);
        assert.ok(heap < 256, `${heap} MiB`);
        assert.equal(denied(honest), false);
      });
    }
  });

  describe('blocks that are not what was asked for', () => {
    /** A file that the honest engine has and the other has not, in blocks of 256 KiB. */
    async function fetchRight(): Promise<void> {
      const bytes = randomBytes(600_000);
      const path = String(await honest.ask('add', '', bytes));
      assert.deepEqual(await victim.file(path), { bytes: bytes.length, sha256: sha256(bytes) });
    }
    // Blocks that a node asked for before it was started are borne with.
    before(() => clock.move(60_000));

    for (const [kind, lie] of Object.entries(lies)) {
      test(`${kind}: a guest gets the right ones, and who sends them is denied`, async () => {
        await using liar = await startLiar(victim, lie);
        await until(async () => {
          await fetchRight();
          return denied(liar);
        });
        assert.ok(liar.asked() > 0);
        assert.equal(denied(honest), false);
      });
    }

    test('messages that are none hold up nobody', async () => {
      await using liar = await startLiar(victim, () => []);
      await until(async () => {
        await fetchRight();
        return liar.asked() > 0;
      });
      for (const each of noise) await liar.send([each]);
      await fetchRight();
    });

    test('endless wants hold up nobody, and who sends them is denied', async (t) => {
      const rss = process.memoryUsage.rss();
      await using liar = await startLiar(victim, () => []);
      const message = wants(90_000);
      let sent = 0;
      await until(async () => {
        await liar.send([message]);
        sent++;
        if (sent % 4 === 0) await fetchRight();
        return denied(liar);
      });
      await fetchRight();
      const grown = (process.memoryUsage.rss() - rss) / MIB;
      t.diagnostic(`${sent} messages; resident memory grew by ${grown.toFixed(0)} MiB`);
      assert.ok(grown < 300, `${grown} MiB`);
      assert.ok(victim.metric('wants_refused_total') > 0);
      assert.equal(denied(honest), false);
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
    const grown = (process.memoryUsage.rss() - before) / MIB;
    t.diagnostic(
      `p99 of others ${quiet.toFixed(1)} ms, ${busy.toFixed(1)} meanwhile, wanted at most 3 times`,
    );
    t.diagnostic(`resident memory grew by ${grown.toFixed(0)} MiB`);
    assert.ok(grown < 300, `${grown} MiB`);
    assert.equal(victim.metric('peers') >= 1, true);
  });
});
