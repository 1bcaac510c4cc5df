import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';

interface Numbered {
  readonly app: { readonly name: string };
  readonly n: number;
}

const [shop, hoard] = [{ name: 'shop' }, { name: 'hoard' }];

/** With so many places for each application; `over` hears of what has started before that answers. */
function dispatcherOf(
  places: Map<object, number>,
  over: (dispatcher: Dispatcher<Numbered>) => void = () => {},
) {
  const started: string[] = [];
  const dispatcher = createDispatcher<Numbered, 'thread'>({
    find: ({ app }) => ((places.get(app) ?? 0) > 0 ? 'thread' : undefined),
    start: ({ app, n }, thread) => {
      assert.equal(thread, 'thread');
      places.set(app, (places.get(app) ?? 0) - 1);
      started.push(`${app.name} ${n}`);
      over(dispatcher);
    },
  });
  return { started, dispatcher };
}

describe('createDispatcher()', () => {
  it('keeps the order of one application, and holds nobody up for another', () => {
    const places = new Map([[hoard, 1]]);
    const { started, dispatcher } = dispatcherOf(places);
    for (const n of [1, 2, 3]) dispatcher.dispatch({ app: hoard, n });
    dispatcher.dispatch({ app: shop, n: 4 });
    assert.deepEqual(started, ['hoard 1']);
    places.set(shop, 1);
    dispatcher.dispatch({ app: shop, n: 5 });
    assert.deepEqual(started, ['hoard 1'], 'the fifth stands behind the fourth');
    dispatcher.roomier();
    assert.deepEqual(started, ['hoard 1', 'shop 4']);
    places.set(hoard, 1).set(shop, 2);
    dispatcher.roomier();
    assert.deepEqual(started, ['hoard 1', 'shop 4', 'hoard 2', 'shop 5']);
  });

  it('starts each once, also when what has started is over at once', () => {
    const places = new Map([[hoard, 0]]);
    const { started, dispatcher } = dispatcherOf(places, (within) => within.roomier());
    const all = Array.from({ length: 10 }, (_, n) => n);
    for (const n of all) dispatcher.dispatch({ app: hoard, n });
    places.set(hoard, 100);
    dispatcher.roomier();
    assert.deepEqual(
      started,
      all.map((n) => `hoard ${n}`),
    );
  });

  it('forgets what is taken out', () => {
    const places = new Map<object, number>();
    const { started, dispatcher } = dispatcherOf(places);
    const call = { app: shop, n: 1 };
    dispatcher.dispatch(call);
    assert.deepEqual([dispatcher.remove(call), dispatcher.remove(call)], [true, false]);
    places.set(shop, 1);
    dispatcher.roomier();
    assert.deepEqual(started, []);
  });
});
