import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { decode } from '../../component/decode.ts';
import { number, Reader, signed, Unknown } from './binary.ts';
import { callAndFreeze, HostCall } from './component.ts';
import { frozen, visible } from './core-module.ts';
import { exactIntegers } from './integers.ts';

const wat = async (text: string) => new Uint8Array(await parse(text));
const instance = (bytes: Uint8Array<ArrayBuffer>) =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<string, any>;

const STATE = `
  (memory (export "memory") 1)
  (global $small (mut i32) (i32.const -7))
  (global $large (mut i64) (i64.const 9))
  (global $fixed i32 (i32.const 40))
  (data (i32.const 8) "kept")
  (data (i32.const 70000) "")`;

describe('a core module', () => {
  it('begins as an instance of it was left', async () => {
    const module = await wat(`(module ${STATE.replace('70000', '60000')}
      (func (export "change") (param i32)
        (drop (memory.grow (i32.const 2)))
        (i32.store (local.get 0) (i32.const -2))
        (i32.store8 (i32.const 196607) (i32.const 5))
        (global.set $small (i32.add (global.get $small) (global.get $fixed)))
        (global.set $large (i64.const -9223372036854775808)))
      (func (export "small") (result i32) (global.get $small))
      (func (export "large") (result i64) (global.get $large)))`);
    const first = instance(visible(module));
    first['change'](300);
    const again = instance(frozen(module, first));
    assert.deepEqual([again['small'](), again['large']()], [33, -(2n ** 63n)]);
    assert.equal(again['memory'].buffer.byteLength, 3 * 65_536);
    assert.deepEqual(new Uint8Array(again['memory'].buffer), new Uint8Array(first['memory'].buffer));
    assert.deepEqual(Object.keys(again), ['memory', 'change', 'small', 'large'], 'nothing more is exported');
    // The state is the beginning of every instance, and does not change with one of them.
    again['change'](0);
    assert.equal(instance(frozen(module, first))['small'](), 33);
  });

  it('stays as it is when it has no state', async () => {
    const module = await wat('(module (global i32 (i32.const 1)) (func (export "f")) (start 0))');
    assert.deepEqual(visible(module), module);
    assert.deepEqual(frozen(module, instance(module)), module);
  });

  it('is refused when its state would not be all, or would change again', async () => {
    for (const text of [
      `${STATE} (func $start) (start $start)`,
      `${STATE} (memory 1)`,
      '(memory (export "memory") 1) (data "passive")',
      '(import "a" "memory" (memory 1)) (global (mut i32) (i32.const 0)) (data (i32.const 0) "x") (func (export "f"))',
      '(global (mut f64) (f64.const 0)) (func (export "f"))',
      '(global (mut i32) (i32.const 0))',
    ]) {
      const module = await wat(`(module ${text})`);
      assert.throws(() => visible(module), Unknown, text);
    }
  });

  it('has its numbers as WebAssembly writes them', () => {
    for (const value of [0, 1, 127, 128, 2 ** 32 - 1, 2 ** 40])
      assert.equal(new Reader(number(value)).number(), value);
    assert.deepEqual(signed(-1n), Uint8Array.of(0x7f));
    assert.deepEqual(signed(64n), Uint8Array.of(0xc0, 0));
    assert.deepEqual(signed(-65n), Uint8Array.of(0xbf, 0x7f));
  });
});

/** A component with the function `load`, which keeps the first byte of a text and answers what `answer` leaves. */
const component = (answer: string) =>
  wat(`(component
  (import "hermes:kv-store/api" (instance $api (export "touch" (func))))
  (alias export $api "touch" (func $touch))
  (core func $lowered (canon lower (func $touch)))
  (core module $m
    (import "host" "touch" (func $touch))
    (memory (export "memory") 1)
    (data (i32.const 2048) "state")
    (global $kept (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "load") (param i32 i32) (result i32)
      (global.set $kept (i32.load8_u (local.get 0)))
      (i32.store (i32.const 16) (i32.const 0))
      ${answer}
      (i32.const 16))
    (func (export "kept") (result i32) (global.get $kept)))
  (core instance $host (export "touch" (func $lowered)))
  (core instance $i (instantiate $m (with "host" (instance $host))))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (alias core export $i "load" (core func $load))
  (alias core export $i "kept" (core func $kept))
  (func $l (param "code" string) (result (option string))
    (canon lift (core func $load) (memory $memory) (realloc $realloc)))
  (func $k (result u32) (canon lift (core func $kept)))
  (export "kept" (func $k))
  (type $between u32)
  (export "load" (func $l)))`);

describe('a component', () => {
  it('goes on behind a call of it, and has the function no more', async () => {
    const { component: bytes, answer } = callAndFreeze(await component(''), 'load', 'abc');
    assert.equal(answer, undefined);
    const plan = decode(bytes);
    assert.deepEqual(
      plan.exports.map(({ name }) => name),
      ['kept'],
    );
    const [core] = plan.cores;
    const made = new WebAssembly.Instance(new WebAssembly.Module(core as Uint8Array<ArrayBuffer>), {
      host: { touch: () => undefined },
    });
    assert.equal((made.exports['kept'] as () => number)(), 97);
  });

  it('answers what the function answers', async () => {
    const some = `(i32.store (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (local.get 0))
      (i32.store (i32.const 24) (local.get 1))`;
    assert.equal(callAndFreeze(await component(some), 'load', 'wörong').answer, 'wörong');
  });

  it('gets no other integers when it is none of QuickJS', async () => {
    assert.throws(() => exactIntegers(new Uint8Array(), 'load'), Error);
    const bytes = await component('');
    assert.throws(() => exactIntegers(bytes, 'load'), Unknown);
  });

  it('has no host', async () => {
    const bytes = await component('(call $touch)');
    assert.throws(
      () => callAndFreeze(bytes, 'load', ''),
      (error) => error instanceof HostCall && error.called === 'hermes:kv-store/api#touch',
    );
    assert.throws(() => callAndFreeze(bytes, 'nothing', ''), Unknown);
  });
});
