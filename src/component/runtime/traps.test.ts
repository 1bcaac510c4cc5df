import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, isCoded } from '../../lib/errors.ts';
import { type InstancePre, Suspending } from '../api.ts';
import { component } from './fixtures/text.ts';
import { createLinker } from './linker.ts';

/** Every export catches whatever it can around one import and answers 77 then. */
const guest = await component(`(component
  (import "test:host/api" (instance $host
    (export "give" (func (result u32)))
    (export "check" (func (param "c" char) (result u32)))
    (export "pick" (func (param "p" (option u32)) (result u32)))
    (export "text" (func (param "s" string)))
    (export "texts" (func (param "s" (list string))))
    (export "ask" (func (result string)))
    (export "wait" (func (result u32)))
    (export "thing" (type $thing (sub resource)))
    (export "take" (func (param "t" (own $thing))))
    (export "use" (func (param "t" (borrow $thing))))))
  (alias export $host "thing" (type $thing))
  (core module $Libc
    (import "" "give" (func $give (result i32)))
    (memory (export "mem") 1)
    (data (i32.const 0) "\\ff\\fe\\c0")
    (data (i32.const 16) "\\f0\\ff\\00\\00\\64\\00\\00\\00")
    (func (export "leaves") (param i32 i32 i32 i32) (result i32)
      (block $caught
        (try_table (catch_all $caught) (drop (call $give))))
      (i32.const 64))
    (func (export "outside") (param i32 i32 i32 i32) (result i32) (i32.const -64)))
  (core func $give (canon lower (func $host "give")))
  (core instance $libc (instantiate $Libc (with "" (instance (export "give" (func $give))))))
  (core func $check (canon lower (func $host "check")))
  (core func $pick (canon lower (func $host "pick")))
  (core func $text (canon lower (func $host "text") (memory (core memory $libc "mem"))))
  (core func $texts (canon lower (func $host "texts") (memory (core memory $libc "mem"))))
  (core func $ask (canon lower (func $host "ask") (memory (core memory $libc "mem")) (realloc (core func $libc "leaves"))))
  (core func $ask-outside (canon lower (func $host "ask") (memory (core memory $libc "mem")) (realloc (core func $libc "outside"))))
  (core func $wait (canon lower (func $host "wait")))
  (core func $take (canon lower (func $host "take")))
  (core func $use (canon lower (func $host "use")))
  (canon resource.drop $thing (core func $drop))
  (core module $M
    (import "" "give" (func $give (result i32)))
    (import "" "check" (func $check (param i32) (result i32)))
    (import "" "pick" (func $pick (param i32 i32) (result i32)))
    (import "" "text" (func $text (param i32 i32)))
    (import "" "texts" (func $texts (param i32 i32)))
    (import "" "ask" (func $ask (param i32)))
    (import "" "ask-outside" (func $ask-outside (param i32)))
    (import "" "wait" (func $wait (result i32)))
    (import "" "take" (func $take (param i32)))
    (import "" "use" (func $use (param i32)))
    (import "" "drop" (func $drop (param i32)))
    ${[
      ['give', '(drop (call $give))'],
      ['surrogate', '(drop (call $check (i32.const 0xd800)))'],
      ['case', '(drop (call $pick (i32.const 2) (i32.const 0)))'],
      ['pointer', '(call $text (i32.const 65530) (i32.const 100))'],
      ['overflow', '(call $text (i32.const -1) (i32.const -1))'],
      ['utf8', '(call $text (i32.const 0) (i32.const 3))'],
      ['align', '(call $texts (i32.const 18) (i32.const 1))'],
      ['inner', '(call $texts (i32.const 16) (i32.const 1))'],
      ['leave', '(call $ask (i32.const 32))'],
      ['realloc', '(call $ask-outside (i32.const 32))'],
      ['return-pointer', '(call $ask (i32.const 65532))'],
      ['take', '(call $take (i32.const 9))'],
      ['use', '(call $use (i32.const 9))'],
      ['drop', '(call $drop (i32.const 0))'],
      ['wait', '(drop (call $wait))'],
      ['again', '(block $once (try_table (catch_all $once) (drop (call $give)))) (drop (call $give))'],
      ['unreachable', '(unreachable)'],
      ['deep', '(call $deep)'],
    ]
      .map(
        ([name, body]) => `(func (export "${name}") (result i32)
          (block $caught (try_table (catch_all $caught) ${body} (return (i32.const 1))))
          (i32.const 77))`,
      )
      .join('\n')}
    (func $deep (call $deep) (call $deep))
    (tag $own)
    (func (export "own") (result i32)
      (block $caught (try_table (catch_all $caught) (throw $own)))
      (i32.const 5))
    (func (export "leaks") (result i32) (throw $own)))
  (core instance $m (instantiate $M (with "" (instance
    ${['give', 'check', 'pick', 'text', 'texts', 'ask', 'ask-outside', 'wait', 'take', 'use', 'drop']
      .map((name) => `(export "${name}" (func $${name}))`)
      .join(' ')}))))
  ${[
    'give',
    'surrogate',
    'case',
    'pointer',
    'overflow',
    'utf8',
    'align',
    'inner',
    'leave',
    'realloc',
    'return-pointer',
    'take',
    'use',
    'drop',
    'wait',
    'again',
    'unreachable',
    'deep',
    'own',
    'leaks',
  ]
    .map((name) => `(func (export "${name}") (result u32) (canon lift (core func $m "${name}")))`)
    .join('\n')})`);

class Thing {}

function link(host: { give?: () => unknown; wait?: () => unknown; suspends?: boolean } = {}): InstancePre {
  const wait = host.wait ?? (() => 1);
  return createLinker()
    .define('test:host/api', {
      give: host.give ?? (() => 1),
      check: () => 1,
      pick: () => 1,
      text: () => undefined,
      texts: () => undefined,
      ask: () => 'answer',
      wait: host.suspends ? new Suspending(wait) : wait,
      Thing,
      take: () => undefined,
      use: () => undefined,
    })
    .link(guest);
}

/** Calls an export and answers the error that it throws or rejects with. */
async function trapOf(pre: InstancePre, name: string): Promise<CodedError> {
  using instance = pre.acquire();
  try {
    const value = await instance.call(name, []);
    assert.fail(`${name} went on and answered ${value}`);
  } catch (error) {
    assert.ok(isCoded(error), String(error));
    assert.equal(instance.trapped, error);
    await assert.rejects(async () => instance.call('own', []), error);
    return error;
  }
}

const broken: readonly (readonly [name: string, code: string, detail: Record<string, unknown>])[] = [
  ['surrogate', 'TRAP_CHAR', { import: 'test:host/api#check', param: 'c', code: 0xd800 }],
  ['case', 'TRAP_DISCRIMINANT', { import: 'test:host/api#pick', param: 'p', found: 2, cases: 2 }],
  ['pointer', 'TRAP_POINTER', { import: 'test:host/api#text', param: 's', pointer: 65530, length: 100 }],
  [
    'overflow',
    'TRAP_POINTER',
    { import: 'test:host/api#text', param: 's', pointer: 0xffff_ffff, length: 0xffff_ffff },
  ],
  [
    'utf8',
    'TRAP_UTF8',
    { import: 'test:host/api#text', param: 's', pointer: 0, length: 3, reason: 'not UTF-8' },
  ],
  ['align', 'TRAP_ALIGN', { import: 'test:host/api#texts', param: 's', pointer: 18, align: 4 }],
  ['inner', 'TRAP_POINTER', { import: 'test:host/api#texts', param: 's', pointer: 65520, length: 100 }],
  ['leave', 'TRAP_LEAVE', { import: 'test:host/api#give' }],
  [
    'realloc',
    'TRAP_POINTER',
    { import: 'test:host/api#ask', param: 'result', of: 'realloc', pointer: 0xffff_ffc0, size: 6 },
  ],
  [
    'return-pointer',
    'TRAP_POINTER',
    { import: 'test:host/api#ask', param: 'result', pointer: 65532, size: 8 },
  ],
  ['take', 'TRAP_HANDLE', { import: 'test:host/api#take', param: 't', handle: 9, reason: 'unknown handle' }],
  ['use', 'TRAP_HANDLE', { import: 'test:host/api#use', param: 't', handle: 9, reason: 'unknown handle' }],
  ['drop', 'TRAP_HANDLE', { import: 'resource.drop', param: 'handle', handle: 0, reason: 'unknown handle' }],
  ['unreachable', 'TRAP_GUEST', { export: 'unreachable', reason: 'unreachable' }],
  ['deep', 'TRAP_GUEST', { export: 'deep', reason: 'stack overflow' }],
  ['leaks', 'TRAP_GUEST', { export: 'leaks', reason: 'uncaught exception' }],
];

for (const [name, code, detail] of broken) {
  test(`a guest that catches everything does not survive ${name}`, async () => {
    const error = await trapOf(link(), name);
    assert.deepEqual({ code: error.code, blame: error.blame }, { code, blame: 'guest' });
    assert.deepEqual(error.detail, detail);
  });

  test(`nor does it in a component that suspends: ${name}`, async () => {
    const error = await trapOf(link({ suspends: true, wait: async () => 1 }), name);
    assert.deepEqual([error.code, error.detail], [code, detail]);
  });
}

test('what a guest throws itself it may catch', async () => {
  using instance = link().acquire();
  assert.equal(instance.call('own', []), 5);
});

test('a host function that throws traps the guest, keeping the cause', async () => {
  const cause = new TypeError('broken');
  const fails = () => {
    throw cause;
  };
  const error = await trapOf(link({ give: fails }), 'give');
  assert.deepEqual([error.code, error.blame, error.cause], ['TRAP_HOST', 'host', cause]);
  assert.deepEqual(error.detail, { import: 'test:host/api#give', reason: 'broken' });
  const again = await trapOf(link({ give: fails }), 'again');
  assert.equal(again.cause, cause);
});

test('a host function that throws what is no error traps as well', async () => {
  const error = await trapOf(link({ give: () => Promise.reject.call(undefined as never) }), 'give');
  assert.equal(error.code, 'TRAP_HOST');
  const text = await trapOf(
    link({
      give: () => {
        throw 'text';
      },
    }),
    'give',
  );
  assert.deepEqual([text.code, text.detail['reason'], text.cause], ['TRAP_HOST', 'text', 'text']);
});

test('a host answer that does not fit is a trap of blame host that says where', async () => {
  const error = await trapOf(link({ give: () => -1 }), 'give');
  assert.deepEqual([error.code, error.blame], ['TRAP_HOST', 'host']);
  assert.ok(isCoded(error.cause));
  assert.deepEqual([error.cause.code, error.cause.detail['found']], ['VALUE_TYPE', 'number -1']);
  const promise = await trapOf(link({ give: async () => 1 }), 'give');
  assert.equal(promise.code, 'TRAP_HOST');
});

test('a rejected promise traps the suspended guest', async () => {
  const cause = new Error('lost');
  const error = await trapOf(link({ suspends: true, wait: () => Promise.reject(cause) }), 'wait');
  assert.deepEqual([error.code, error.cause], ['TRAP_HOST', cause]);
});

test('an answer that does not fit traps the suspended guest', async () => {
  const error = await trapOf(link({ suspends: true, wait: async () => 'text' }), 'wait');
  assert.deepEqual([error.code, error.blame], ['TRAP_HOST', 'host']);
});

test('ending a suspended instance traps its guest, and the late answer touches nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  using instance = link({ suspends: true, wait: () => promise }).acquire();
  const running = instance.call('wait', []) as Promise<unknown>;
  const reason = new Error('deadline');
  instance.end(reason);
  await assert.rejects(running, reason);
  resolve(3);
  await promise;
  assert.equal(instance.trapped, reason);
});

test('an instance that is ended while it runs does not come back', () => {
  const reason = new Error('enough');
  const pre = link({ give: () => ending.end(reason) });
  using ending = pre.acquire();
  assert.throws(() => ending.call('give', []), reason);
});

test('disposing a suspended instance rejects its call', async () => {
  const instance = link({ suspends: true, wait: () => new Promise(() => undefined) }).acquire();
  const running = instance.call('wait', []) as Promise<unknown>;
  instance[Symbol.dispose]();
  instance[Symbol.dispose]();
  await assert.rejects(running, { code: 'INSTANCE_ENDED' });
});

test('a suspended instance is not entered again', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  using instance = link({ suspends: true, wait: () => promise }).acquire();
  const running = instance.call('wait', []) as Promise<unknown>;
  await assert.rejects(async () => instance.call('own', []), { code: 'TRAP_REENTER' });
  resolve(3);
  assert.equal(await running, 1);
  assert.equal(await instance.call('own', []), 5);
});

test('a host function that enters its own caller is refused, and the guest with it when it insists', () => {
  const pre = link({ give: () => instance.call('own', []) });
  using instance = pre.acquire();
  assert.throws(
    () => instance.call('give', []),
    (error: CodedError) => {
      assert.equal(error.code, 'TRAP_HOST');
      assert.equal((error.cause as CodedError).code, 'TRAP_REENTER');
      return true;
    },
  );
});

test('a coded error of a host function keeps its blame', async () => {
  const cause = new CodedError('LIMIT_X', { blame: 'guest', text: 'Cannot store: too much' });
  const give = () => {
    throw cause;
  };
  const error = await trapOf(link({ give }), 'give');
  assert.deepEqual([error.code, error.blame, error.cause], ['TRAP_HOST', 'guest', cause]);
});
