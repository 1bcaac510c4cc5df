import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../../../test/count.ts';
import { Suspending } from '../api.ts';
import { component } from './fixtures/text.ts';
import { createIdle } from './idle.ts';
import { createLinker } from './linker.ts';
import { least } from './rehearse.ts';

/** Calls its host in every way; counts its own calls. */
const caller = await component(`(component
  (import "a:b/c" (instance $host
    (export "thing" (type (sub resource)))
    (export "make" (func (result (own 0))))
    (export "plain" (func (result u32)))
    (export "later" (func (result u32)))))
  (core func $make (canon lower (func $host "make")))
  (core func $plain (canon lower (func $host "plain")))
  (core func $later (canon lower (func $host "later")))
  (core module $M
    (import "" "make" (func $make (result i32)))
    (import "" "plain" (func $plain (result i32)))
    (import "" "later" (func $later (result i32)))
    (global $n (mut i32) (i32.const 0))
    (func $next (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "make") (result i32) (drop (call $make)) (call $next))
    (func (export "plain") (result i32) (drop (call $plain)) (call $next))
    (func (export "later") (result i32) (drop (call $later)) (call $next))
    (func (export "spin") (loop $l (br $l))))
  (core instance $m (instantiate $M (with "" (instance
    (export "make" (func $make)) (export "plain" (func $plain)) (export "later" (func $later))))))
  (func (export "spin") (canon lift (core func $m "spin")))
  ${['make', 'plain', 'later'].map((name) => `(func (export "${name}") (result u32) (canon lift (core func $m "${name}")))`).join('')})`);

test('warming calls no host function, ends what does not end, and leaves an instance that nobody has used', async () => {
  const idle = createIdle();
  const calls: string[] = [];
  class Thing {}
  const noted =
    (name: string, value: unknown) =>
    (call: unknown): unknown => {
      calls.push(`${name} ${call}`);
      return value;
    };
  const linked = createLinker({ idle })
    .define('a:b/c', {
      Thing,
      make: noted('make', new Thing()),
      plain: noted('plain', 1),
      later: new Suspending(async (call) => noted('later', 1)(call)),
    })
    .link(caller);
  linked.warm();
  linked.warm();
  assert.deepEqual([calls, idle.instances], [[], 1]);
  using instance = linked.acquire('event');
  assert.equal(idle.instances, 0);
  assert.equal(await instance.call('make', []), 1);
  assert.equal(await instance.call('plain', []), 2);
  assert.equal(await instance.call('later', []), 3);
  assert.deepEqual(calls, ['make event', 'plain event', 'later event']);
});

/** A component whose start function does this. */
const starting = (body: string) =>
  component(`(component
    (import "a:b/c" (instance $host (export "later" (func))))
    (core func $later (canon lower (func $host "later")))
    (core module $M (import "" "later" (func $later)) (func $start ${body}) (start $start))
    (core instance (instantiate $M (with "" (instance (export "later" (func $later)))))))`);
const linker = createLinker().define('a:b/c', { later: new Suspending(async () => undefined) });

test('a start function that traps is found while warming', async () => {
  const bad = linker.link(await starting('(unreachable)'));
  assert.throws(() => bad.warm(), { code: 'TRAP_GUEST' });
  const suspending = linker.link(await starting('(call $later)'));
  assert.throws(() => suspending.warm(), { code: 'LINK_START' });
  linker.link(await starting('(nop)')).warm();
});

const slow = long ? {} : { skip: 'takes some ten seconds: npm run test:long' };
test('a start function without end is ended', slow, async () => {
  const endless = linker.link(await starting('(loop $l (br $l))'));
  assert.throws(() => endless.warm(), { code: 'TRAP_GUEST' });
});

test('every type has a least value that fits', async () => {
  const types = [
    'bool',
    's8',
    'u64',
    'f32',
    'char',
    'string',
    '(list u8)',
    '(list string)',
    '(option string)',
    '(option (option u8))',
    '(option (option (option u8)))',
    '(record (field "a-b" u32) (field "c" (list f64)))',
    '(tuple s64 bool)',
    '(variant (case "x") (case "y" u8))',
    '(variant (case "x" string))',
    '(enum "p" "q")',
    '(flags "m" "n")',
    '(result)',
    '(result u8 (error string))',
  ];
  const defined = types.map((type, at) =>
    type.startsWith('(') ? `(type $t${at}' ${type}) (export $t${at} "t${at}" (type $t${at}'))` : '',
  );
  const params = types.map((type, at) => `(param "p${at}" ${type.startsWith('(') ? `$t${at}` : type})`);
  const made = await component(`(component
    (core module $M
      (memory (export "mem") 1)
      (global $calls (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
      (func (export "f") (param i32) (loop $l (br $l))))
    (core instance $m (instantiate $M))
    ${defined.join('\n')}
    (func (export "f") ${params.join(' ')} (canon lift (core func $m "f")
      (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))`);
  const linked = createLinker().link(made);
  using instance = linked.acquire(undefined, { fuel: 1_000_000 });
  const args = made.exports[0]?.type.params.map(({ type }) => least(type)) ?? [];
  assert.equal(args.length, types.length);
  // They were taken, for it is the loop that ends the call.
  assert.throws(() => instance.call('f', args), { code: 'FUEL' });
});
