/** The composed and the adversarial guests of test/guests/composed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compile,
  type HostFunction,
  type HostInterface,
  type Instance,
  type InstancePre,
  Suspending,
} from '../../src/component/index.ts';
import { count, seed } from '../count.ts';
import { type GuestName, guest } from '../guests/build.ts';
import { anyCharacter } from '../random-text.ts';
import { linkWith } from './host.ts';

const HOST = 'test:host/api';

async function linked(name: GuestName, host?: HostInterface): Promise<InstancePre> {
  return linkWith(await compile(await guest(name)), host ? { [HOST]: host } : {});
}

/** The code of the trap that ends this call. */
async function trapOf(instance: Instance, name: string, args: readonly unknown[] = []): Promise<string> {
  try {
    const answer = await instance.call(name, args);
    return `answered ${String(answer)}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const addOne: HostFunction = (_call, n: number) => n + 1;
const addOneLater = new Suspending(async (_call, n: number) => {
  await Promise.resolve();
  return n + 1;
});

test('a chain of components is suspended as one', async () => {
  const pre = await linked('composed-suspend', { wait: addOneLater });
  assert.deepEqual([pre.suspends('twice'), pre.suspends('plain')], [true, false]);
  using instance = pre.acquire();
  assert.equal(instance.call('plain', [7]), 21);
  const pending = instance.call('twice', [10]);
  assert.ok(pending instanceof Promise);
  assert.equal(await pending, 1012 + 1014);
  assert.equal(await instance.call('twice', [10]), 1014 + 1016);
});

test('the same chain runs through at once over a host function that answers at once', async () => {
  const pre = await linked('composed-suspend', { wait: addOne });
  assert.equal(pre.suspends('twice'), false);
  using instance = pre.acquire();
  assert.equal(instance.call('twice', [10]), 1012 + 1014);
});

test('many chains are suspended at once and each gets its own answer', async () => {
  const gate = Promise.withResolvers<void>();
  const wait = new Suspending(async (_call, n: number) => {
    await gate.promise;
    return n + 1;
  });
  const pre = await linked('composed-suspend', { wait });
  const instances = Array.from({ length: 100 }, () => pre.acquire());
  const calls = instances.map((instance, i) => instance.call('twice', [i]));
  gate.resolve();
  assert.deepEqual(
    await Promise.all(calls),
    instances.map((_, i) => 2 * i + 2006),
  );
  for (const instance of instances) instance[Symbol.dispose]();
});

test('a suspended chain ends with the promise it waits for, or when it is told to', async () => {
  const rejecting = new Suspending(() => Promise.reject(new Error('gone')));
  using first = (await linked('composed-suspend', { wait: rejecting })).acquire();
  assert.equal(await trapOf(first, 'twice', [1]), 'TRAP_HOST');

  const never = Promise.withResolvers<number>();
  using second = (await linked('composed-suspend', { wait: new Suspending(() => never.promise) })).acquire();
  const pending = second.call('twice', [1]) as Promise<unknown>;
  const reason = new Error('time is up');
  second.end(reason);
  await assert.rejects(pending, (error: Error) => error === reason || error.cause === reason);
  never.resolve(5);
  await new Promise(setImmediate);
  assert.ok(second.trapped);
});

test('a destructor may suspend, and has ended when the drop returns', async () => {
  const pre = await linked('composed-destructor', { wait: addOneLater });
  assert.equal(pre.suspends('run'), true);
  using instance = pre.acquire();
  assert.equal(await instance.call('run', [5]), 6);
  assert.equal(await instance.call('run', [10]), 17);

  const thing: any = await instance.call('test:inner/things#make', [100]);
  await thing[Symbol.asyncDispose]();
  assert.equal(await instance.call('test:inner/things#destroyed', []), 118);
});

test('a destructor that does not suspend runs at once', async () => {
  using instance = (await linked('composed-destructor', { wait: addOne })).acquire();
  assert.equal(instance.call('run', [5]), 6);
  const thing: any = instance.call('test:inner/things#make', [100]);
  thing[Symbol.dispose]();
  assert.equal(instance.call('test:inner/things#destroyed', []), 107);
});

test('a destructor that fails is a trap', async () => {
  const rejecting = new Suspending(() => Promise.reject(new Error('gone')));
  using instance = (await linked('composed-destructor', { wait: rejecting })).acquire();
  assert.equal(await trapOf(instance, 'run', [1]), 'TRAP_HOST');
});

test('a resource travels through layers and is told apart', async () => {
  const pre = await linked('composed-resource');
  using instance = pre.acquire();
  assert.equal(instance.call('run', [3]), 12);
  assert.equal(instance.call('run', [5]), 20);
  const cell: any = instance.call('test:inner/cells#make', [7]);
  assert.equal(instance.call('test:inner/cells#value', [cell]), 7);
  assert.equal(instance.call('test:inner/cells#live', []), 1);
  cell[Symbol.dispose]();
  assert.equal(instance.call('test:inner/cells#live', []), 0);
  assert.throws(() => instance.call('test:inner/cells#value', [cell]), { code: 'VALUE_TYPE' });
});

test('a handle cannot be used after it was given away or dropped', async () => {
  const pre = await linked('composed-resource');
  for (const name of ['use-after-move', 'drop-twice']) {
    using instance = pre.acquire();
    assert.equal(await trapOf(instance, name, [1]), 'TRAP_HANDLE');
  }
});

test('two instances of one component share neither state nor types', async () => {
  const pre = await linked('composed-twice');
  using instance = pre.acquire();
  assert.equal(instance.call('run', [2, 3]), 2003);
  assert.equal(instance.call('run', [2, 3]), 4006);
  assert.equal(await trapOf(instance, 'confuse'), 'TRAP_HANDLE');
});

test('strings keep their text through every pair of encodings', async () => {
  const pre = await linked('composed-encodings');
  const encodings = ['utf8', 'utf16', 'latin1'];
  const names = encodings.flatMap((from) => encodings.map((to) => `pass-${from}-to-${to}`));
  const text = fc.oneof(
    fc.string({ unit: anyCharacter(), maxLength: 40 }),
    fc.string({ unit: 'binary-ascii', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom('a', 'ÿ', 'Ā', '\u{ffff}', '😀', '\0'), maxLength: 20 }),
    // Halves of surrogate pairs are no text: they become U+FFFD.
    fc.string({ unit: fc.constantFrom('a', 'ÿ', '\ud800', '\udc00', '😀'), maxLength: 20 }),
  );
  fc.assert(
    fc.property(text, (value) => {
      using instance = pre.acquire();
      for (const name of names) assert.equal(instance.call(name, [value]), value.toWellFormed(), name);
    }),
    { seed, numRuns: count(10_000) },
  );
});

/** A host whose functions all fail in the way given. */
function failing(fail: () => unknown, wait: HostFunction | Suspending = fail): HostInterface {
  return { give: fail, wait, text: () => undefined, use: () => undefined, Thing: Object };
}

test('a guest that catches everything survives no trap', async (t) => {
  const thrown = () => {
    throw new Error('from the host');
  };
  const cases: Readonly<
    Record<string, { readonly host: HostInterface; readonly name: string; readonly code: string }>
  > = {
    'a host function throws': { host: failing(thrown), name: 'give', code: 'TRAP_HOST' },
    'a host function throws what is no error': {
      host: failing(() => {
        throw undefined;
      }),
      name: 'give',
      code: 'TRAP_HOST',
    },
    'a host function answers nonsense': { host: failing(() => 'text'), name: 'give', code: 'TRAP_HOST' },
    'a pointer out of bounds': { host: failing(() => 1), name: 'out-of-bounds', code: 'TRAP_POINTER' },
    'text that is not UTF-8': { host: failing(() => 1), name: 'not-utf8', code: 'TRAP_UTF8' },
    'a handle that is not its own': { host: failing(() => 1), name: 'foreign-handle', code: 'TRAP_HANDLE' },
    'dropping what it does not have': { host: failing(() => 1), name: 'drop-nothing', code: 'TRAP_HANDLE' },
    'a promise that rejects': {
      host: failing(thrown, new Suspending(() => Promise.reject(new Error('later')))),
      name: 'wait',
      code: 'TRAP_HOST',
    },
    'a suspending function that throws at once': {
      host: failing(thrown, new Suspending(thrown)),
      name: 'wait',
      code: 'TRAP_HOST',
    },
    'a promise of nonsense': {
      host: failing(thrown, new Suspending(async () => 'text')),
      name: 'wait',
      code: 'TRAP_HOST',
    },
  };
  for (const [what, { host, name, code }] of Object.entries(cases)) {
    await t.test(what, async () => {
      using instance = (await linked('catch-all', host)).acquire();
      assert.equal(await trapOf(instance, name, name === 'wait' ? [1] : []), code);
      assert.ok(instance.trapped);
      assert.equal(await trapOf(instance, 'own'), code, 'the instance is of no use any more');
    });
  }
});

test('a guest that caught a trap is let into no other import', async () => {
  let called = 0;
  const wait = () => {
    called++;
    return 1;
  };
  const thrown = () => {
    throw new Error('from the host');
  };
  using instance = (await linked('catch-all', failing(thrown, wait))).acquire();
  assert.equal(await trapOf(instance, 'again'), 'TRAP_HOST');
  assert.equal(called, 0);
});

test('a guest that catches everything is ended while it waits', async () => {
  const never = new Suspending(() => new Promise(() => {}));
  using instance = (
    await linked(
      'catch-all',
      failing(() => 1, never),
    )
  ).acquire();
  const pending = instance.call('wait', [1]) as Promise<unknown>;
  const reason = new Error('time is up');
  instance.end(reason);
  await assert.rejects(pending, (error: Error) => error === reason || error.cause === reason);
  assert.ok(instance.trapped);
});

test('what a guest throws and catches itself is its own business', async () => {
  using instance = (
    await linked(
      'catch-all',
      failing(
        () => 9,
        () => 8,
      ),
    )
  ).acquire();
  assert.equal(instance.call('own', []), 5);
  assert.equal(instance.call('give', []), 9);
  assert.equal(instance.call('wait', [1]), 8);
});

test('a busy instance is not entered again, nor left where it must not be', async () => {
  let busy: Instance | undefined;
  const inner: unknown[] = [];
  const host = {
    callBack: (_call: unknown, n: number) => {
      try {
        inner.push(busy?.call('call-back', [n]));
      } catch (error) {
        inner.push((error as { code: string }).code);
        throw error;
      }
      return n;
    },
    text: () => 'hello',
  };
  const pre = await linked('reenter', host);
  using first = pre.acquire();
  busy = first;
  assert.equal(first.call('length', []), 5);
  assert.throws(
    () => first.call('call-back', [1]),
    (error: any) => error.code === 'TRAP_HOST' && error.cause.code === 'TRAP_REENTER',
  );
  assert.deepEqual(inner, ['TRAP_REENTER']);
  for (const name of ['leave-in-realloc', 'leave-in-post-return']) {
    using instance = pre.acquire();
    assert.equal(await trapOf(instance, name), 'TRAP_LEAVE', name);
  }
  assert.equal(inner.length, 1, 'no host function was reached');
});

test('two instances may call each other through the host', async () => {
  const others: Instance[] = [];
  const callBack = (_call: unknown, n: number) =>
    others.length ? others.pop()?.call('call-back', [n + 1]) : n;
  const pre = await linked('reenter', { callBack, text: () => '' });
  using first = pre.acquire();
  using second = pre.acquire();
  others.push(second);
  assert.equal(first.call('call-back', [1]), 2);
});
