import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { createCollector } from '../../telemetry/collector.ts';
import { complies, fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
import { openShop } from './fixtures/shop.ts';
import { cron } from './index.ts';

complies(cron);

const log = (app: { readonly log: unknown }) => app.log as ReturnType<typeof createCollector>;

describe('cron entries', () => {
  it('are due at every match later than now, or at the first only', async () => {
    await using shop = await openShop();
    assert.equal(shop.add('* * * * *', 'each'), true);
    assert.equal(shop.add('*/2 * * * *', 'once', false), true);
    assert.deepEqual(shop.seen, [], 'not at the minute in which they are added');
    await shop.advance({ minutes: 4 });
    assert.deepEqual(shop.seen.toSorted(), ['1 each', '2 each', '2 once!', '3 each', '4 each']);
    assert.deepEqual(shop.ls(), [[{ when: '* * * * *', tag: 'each' }, true]]);
    await shop.advance({ seconds: 59 });
    assert.equal(shop.ticks.length, 5);
    await shop.advance({ seconds: 1 });
    assert.equal(shop.ticks.length, 6);
  });

  it('have no cause and one source for each tag', async () => {
    await using context = fakeContext();
    await using service = await cron().start(context);
    await using binding = await service.attach(fakeApp({ name: 'shop' }));
    const caller = fakeCaller({ depth: 31 });
    for (const when of ['* * * * *', '*/1 * * * *'])
      binding.calls['add']?.(caller, { when, tag: 'a/b' }, true);
    await context.clock.advance({ minutes: 1 });
    assert.equal(context.sent.length, 2);
    for (const event of context.sent) {
      assert.deepEqual(event.source, ['cron', 'shop', 'a/b']);
      assert.deepEqual([event.modules, event.reply, event.cause], ['exporting', 'all', undefined]);
      assert.ok(event.bytes && event.bytes > 10);
    }
  });

  it('are one for a schedule and a tag: adding it again changes whether it goes on', async () => {
    await using shop = await openShop();
    shop.add('* * * * *', 'a');
    shop.add('* * * * *', 'b');
    shop.add('*  * * * *', 'a');
    assert.equal(shop.ls().length, 3, 'schedules are compared as text');
    assert.equal(shop.add('* * * * *', 'a', false), true);
    assert.deepEqual(shop.ls('a'), [
      [{ when: '* * * * *', tag: 'a' }, false],
      [{ when: '*  * * * *', tag: 'a' }, true],
    ]);
    shop.rm('*  * * * *', 'a');
    await shop.advance({ minutes: 2 });
    assert.deepEqual(shop.seen, ['1 a!', '1 b', '2 b']);
    shop.add('* * * * *', 'a', false);
    shop.add('* * * * *', 'a', true);
    await shop.advance({ minutes: 2 });
    assert.deepEqual(shop.seen.slice(3).sort(), ['3 a', '3 b', '4 a', '4 b']);
  });

  it('are listed with the next one first, all or those of a tag', async () => {
    await using shop = await openShop();
    shop.add('0 12 * * *', 'noon', false);
    shop.delay(90, 'soon');
    shop.add('*/5 * * * *', 'often');
    shop.add('*/5 * * * *', 'often too');
    assert.deepEqual(shop.ls(), [
      [{ when: '1 0 1 1 4', tag: 'soon' }, false],
      [{ when: '*/5 * * * *', tag: 'often' }, true],
      [{ when: '*/5 * * * *', tag: 'often too' }, true],
      [{ when: '0 12 * * *', tag: 'noon' }, false],
    ]);
    assert.deepEqual(shop.ls('noon'), [[{ when: '0 12 * * *', tag: 'noon' }, false]]);
    assert.deepEqual(shop.ls(''), []);
  });

  it('are removed with both texts equal, and only then', async () => {
    await using shop = await openShop();
    shop.add('* * * * *', 'a');
    assert.equal(shop.rm('* * * * *', 'b'), false);
    assert.equal(shop.rm('*/1 * * * *', 'a'), false);
    assert.equal(shop.rm('* * * * *', 'a'), true);
    assert.equal(shop.rm('* * * * *', 'a'), false);
    await shop.advance({ minutes: 5 });
    assert.deepEqual(shop.seen, []);
    assert.equal(shop.clock.sleeping, 0, 'nothing is due, so nothing sleeps');
  });

  it('are refused when the schedule is wrong or never matches, or a text is too long', async () => {
    await using shop = await openShop();
    for (const when of ['', '* * * *', '60 * * * *', '0 0 30 2 *', '@daily']) {
      assert.equal(shop.add(when, 'a'), false, when);
    }
    const long = `${'0,'.repeat(509)}0 * * *`;
    assert.equal(shop.add(`${long} *`, 'a'), false);
    assert.equal(shop.add('* * * * *', 'é'.repeat(513)), false);
    assert.equal(shop.delay(1, 'x'.repeat(1_025)), false);
    assert.deepEqual(shop.ls(), []);
    assert.equal(shop.add('* * * * *', 'é'.repeat(512)), true);
    const lines = log(shop.app).find('Cron entry refused');
    assert.deepEqual(
      lines.map(({ fields }) => fields['refused']),
      [1, 2, 4, 8],
    );
    assert.equal(lines[0]?.fields['reason'], 'schedule is not well-formed');
  });

  it('are refused past the limit, and a line says so', async () => {
    await using shop = await openShop({ config: { maxEntries: 3 } });
    assert.deepEqual(
      [shop.add('* * * * *', 'a'), shop.add('* * * * *', 'b'), shop.delay(60, 'c')],
      [true, true, true],
    );
    assert.deepEqual([shop.add('* * * * *', 'd'), shop.delay(60, 'd')], [false, false]);
    assert.equal(shop.add('* * * * *', 'a', false), true, 'it is there already');
    const [line] = log(shop.app).find('Cron entry refused');
    assert.deepEqual(line?.fields, { reason: 'too many entries', entries: 3, limit: 3, refused: 1 });
    await shop.advance({ minutes: 1 });
    assert.deepEqual(
      [shop.add('* * * * *', 'd'), shop.delay(60, 'e'), shop.add('* * * * *', 'f')],
      [true, true, false],
    );
    assert.equal(shop.context.metrics.value('hermes_cron_entries'), 3);
  });

  it('are 1,000 by default, all due at once', async () => {
    await using shop = await openShop();
    for (let n = 0; n < 1_000; n++) assert.equal(shop.add('* * * * *', `tag ${n}`), true);
    assert.equal(shop.add('* * * * *', 'one more'), false);
    for (let minute = 0; minute < 2; minute++) await shop.advance({ minutes: 1 });
    assert.equal(shop.ticks.length, 2_000);
    assert.equal(shop.clock.sleeping, 1, 'one sleeper for all');
  });

  it('tell the log when nobody hears them', async () => {
    await using shop = await openShop({ modules: [] });
    shop.add('* * * * *', 'a');
    shop.add('* * * * *', 'b');
    assert.equal(log(shop.app).find('Cron entry added, but no module exports what it calls').length, 1);
  });
});

describe('cron delays', () => {
  it('are due once, exactly their duration later', async () => {
    await using shop = await openShop();
    await shop.clock.advance({ seconds: 30, nanoseconds: 1 });
    assert.equal(shop.delay(45, 'a'), true);
    assert.deepEqual(shop.ls(), [[{ when: '1 0 1 1 4', tag: 'a' }, false]]);
    await shop.advance({ seconds: 44, nanoseconds: 999_999_999 });
    assert.deepEqual(shop.seen, []);
    await shop.advance({ nanoseconds: 1 });
    assert.deepEqual(
      shop.ticks.map(({ when, tag, last }) => [when, tag, last]),
      [['1 0 1 1 4', 'a', true]],
    );
    assert.deepEqual(shop.ls(), []);
    await shop.advance({ hours: 24 * 366 });
    assert.equal(shop.ticks.length, 1);
  });

  it('are due at the next turn without a duration, and far away with a long one', async () => {
    await using shop = await openShop();
    shop.delay(0, 'now');
    assert.equal(shop.ticks.length, 0, 'never inside the call');
    await shop.advance({ seconds: 0 });
    assert.deepEqual(shop.seen, ['0 now!']);
    const delay = (duration: bigint) => shop.binding.calls['delay']?.(fakeCaller(), duration, 'far');
    assert.equal(delay(2n ** 63n - 1n), true);
    assert.equal(delay(2n ** 63n), false);
    assert.equal(delay(2n ** 64n - 1n), false);
    assert.deepEqual(shop.ls(), [[{ when: '47 23 12 4 5', tag: 'far' }, false]], 'on Friday, 2318-04-12');
  });

  it('may be many with the same schedule and tag, and go together', async () => {
    await using shop = await openShop();
    for (const seconds of [61, 62, 63]) shop.delay(seconds, 'a');
    shop.add('1 0 1 1 4', 'a');
    assert.deepEqual(
      shop.ls().map(([{ when }, retrigger]) => [when, retrigger]),
      [
        ['1 0 1 1 4', true],
        ['1 0 1 1 4', false],
        ['1 0 1 1 4', false],
        ['1 0 1 1 4', false],
      ],
    );
    await shop.advance({ seconds: 62 });
    assert.equal(shop.ticks.length, 3);
    assert.equal(shop.rm('1 0 1 1 4', 'a'), true);
    await shop.advance({ minutes: 1 });
    assert.equal(shop.ticks.length, 3);
  });
});

describe('what the modules answer', () => {
  it('false from any of them removes the entry, true and errors keep it', async () => {
    const answers = {
      keep: [true, true],
      fail: [new Error('trap'), true],
      stop: [true, false],
      both: [new Error('trap'), false],
    };
    let n = 0;
    await using shop = await openShop({
      modules: ['one', 'two'],
      handler({ tag }) {
        const answer = answers[tag as keyof typeof answers][n++ % 2];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    });
    for (const tag of Object.keys(answers)) shop.add('* * * * *', tag);
    await shop.advance({ minutes: 1 });
    assert.deepEqual(
      shop.ls().map(([{ tag }]) => tag),
      ['keep', 'fail'],
    );
    await shop.advance({ minutes: 2 });
    assert.deepEqual(shop.seen.slice(4), ['2 keep', '2 fail', '3 keep', '3 fail']);
  });

  it('false removes only what fired: not its namesake that the handler made anew', async () => {
    await using shop = await openShop({
      handler({ tag, at }) {
        if (tag !== 'again') return false;
        shop.rm('* * * * *', tag);
        shop.add('* * * * *', tag);
        return at >= 3;
      },
    });
    shop.add('* * * * *', 'again');
    shop.add('* * * * *', 'other');
    shop.add('*/2 * * * *', 'other');
    await shop.advance({ minutes: 4 });
    const seen = ['1 again', '1 other', '2 again', '2 other', '3 again', '4 again'];
    assert.deepEqual(shop.seen.toSorted(), seen);
  });

  it('a handler can arm its own tag again, for ever, and each time is a new chain', async () => {
    await using shop = await openShop({
      handler: ({ tag }) => (tag === 'delay' ? shop.delay(60, tag) : shop.add('* * * * *', tag, false)),
    });
    shop.delay(60, 'delay');
    shop.add('* * * * *', 'entry', false);
    await shop.advance({ minutes: 50 });
    assert.equal(shop.ticks.length, 100);
    assert.ok(shop.ticks.every(({ last, ref }) => last && ref.depth === 0));
  });
});

test('two applications see and move nothing of each other', async () => {
  await using context = fakeContext();
  await using service = await cron().start(context);
  await using shop = await service.attach(fakeApp({ name: 'shop' }));
  await using bank = await service.attach(fakeApp({ name: 'bank' }));
  const entry = { when: '* * * * *', tag: 'a' };
  assert.equal(shop.calls['add']?.(fakeCaller(), entry, true), true);
  assert.deepEqual(bank.calls['ls']?.(fakeCaller(), undefined), []);
  assert.equal(bank.calls['rm']?.(fakeCaller(), entry), false);
  assert.equal(bank.calls['add']?.(fakeCaller(), entry, false), true);
  await context.clock.advance({ minutes: 1 });
  assert.deepEqual(
    context.sent.map(({ app }) => app),
    ['shop', 'bank'],
  );
});
