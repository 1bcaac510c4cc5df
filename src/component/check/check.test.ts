import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../decode.ts';
import { wat } from '../fixtures/wat.ts';

/** Asserts that a component is invalid, for this reason. */
async function refused(body: string, reason: RegExp): Promise<void> {
  const bytes = await wat(body);
  assert.throws(
    () => decode(bytes),
    (error: any) => {
      assert.equal(
        error.code,
        'COMPONENT_INVALID',
        `${error.code} ${JSON.stringify(error.detail)} ${error.stack}`,
      );
      assert.match(error.detail.what, reason);
      return true;
    },
    body,
  );
}

async function accepted(body: string): Promise<void> {
  decode(await wat(body));
}

const core = (...items: readonly string[]): string =>
  `(core module $m ${items.join(' ')}) (core instance $i (instantiate $m))`;

const MEMORY = '(memory (export "mem") 1)';
const REALLOC = '(func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)';

test('lifted core functions have exactly the flattened signature', async () => {
  const lift = (func: string, type: string): string =>
    `${core(MEMORY, REALLOC, func)} (func ${type} (canon lift (core func $i "f")
      (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))`;
  await accepted(
    lift(
      '(func (export "f") (param i32 i64 f32) (result f64) unreachable)',
      '(param "a" u8) (param "b" s64) (param "c" f32) (result f64)',
    ),
  );
  await accepted(
    lift(
      '(func (export "f") (param i32) (result i32) unreachable)',
      `${Array.from({ length: 17 }, (_, n) => `(param "p${n}" u64)`).join('')} (result string)`,
    ),
  );
  await accepted(
    lift('(func (export "f") (param i32 i64) unreachable)', '(param "v" (result u8 (error u64)))'),
  );
  const wrong = /lifted core function must be/;
  await refused(lift('(func (export "f") (param i32))', ''), wrong);
  await refused(lift('(func (export "f"))', '(param "a" u8)'), wrong);
  await refused(lift('(func (export "f") (param i64))', '(param "a" u32)'), wrong);
  await refused(lift('(func (export "f") (result i64) unreachable)', '(result string)'), wrong);
  await refused(lift('(func (export "f") (result i32 i32) unreachable)', '(result string)'), wrong);
  await refused(lift('(func (export "f") (param externref))', '(param "a" u32)'), wrong);
});

test('lowered functions are imported with exactly the flattened signature', async () => {
  const lower = (type: string, imported: string): string => `
    (import "f" (func $f ${type}))
    ${core(MEMORY, REALLOC)}
    (core func $l (canon lower (func $f) (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))
    (core module $n (import "" "f" (func ${imported})))
    (core instance (instantiate $n (with "" (instance (export "f" (func $l))))))`;
  await accepted(lower('(param "s" string) (result string)', '(param i32 i32 i32)'));
  await accepted(lower('(result (option u8))', '(param i32)'));
  await accepted(lower('(result f32)', '(result f32)'));
  await refused(lower('(param "s" string)', '(param i32)'), /core import/);
  await refused(lower('(result string)', '(result i32)'), /core import/);
});

test('canonical options are there when needed, once, and of the right type', async () => {
  const list = '(func $f (param "l" (list u8)) (canon lift (core func $i "f")';
  const f = '(func (export "f") (param i32 i32))';
  await refused(`${core(f)} ${list}))`, /`memory` is required/);
  await refused(`${core(f, MEMORY)} ${list} (memory (core memory $i "mem"))))`, /`realloc` is required/);
  await refused(
    `${core(f, MEMORY, '(func (export "realloc") (param i32))')} ${list} (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))`,
    /`realloc` uses a core function with an incorrect signature/,
  );
  await refused(
    `${core(REALLOC)} (import "f" (func $f)) (core func (canon lower (func $f) (realloc (core func $i "realloc"))))`,
    /requires `memory`/,
  );
  await refused(
    '(import "f" (func $f)) (core func (canon lower (func $f) string-encoding=utf8 string-encoding=utf16))',
    /conflicts/,
  );
  await refused(
    `${core('(func (export "f")) (func (export "p") (param i32))')} (func (canon lift (core func $i "f") (post-return (core func $i "p"))))`,
    /post-return/,
  );
  await refused(
    `${core('(func (export "p"))')} (import "f" (func $f)) (core func (canon lower (func $f) (post-return (core func $i "p"))))`,
    /cannot be specified/,
  );
  await refused(
    '(import "f" (func $f)) (core func (canon lower (func $f) (memory 3)))',
    /core memory index out of bounds/,
  );
});

test('core instances are given what their modules import', async () => {
  const give = (wanted: string, offered: string): string => `
    (core module $a ${offered}) (core instance $i (instantiate $a))
    (core module $b (import "m" "x" ${wanted})) (core instance (instantiate $b (with "m" (instance $i))))`;
  await accepted(give('(func (param i32))', '(func (export "x") (param i32))'));
  await accepted(give('(memory 1)', '(memory (export "x") 2)'));
  await accepted(give('(table 1 5 funcref)', '(table (export "x") 2 3 funcref)'));
  await accepted(give('(global (mut i64))', '(global (export "x") (mut i64) (i64.const 1))'));
  await accepted(give('(tag (param i32))', '(tag (export "x") (param i32))'));
  await refused(give('(func (param i32))', '(func (export "x") (param i64))'), /expected \(i32\)/);
  await refused(give('(func)', '(global (export "x") i32 (i32.const 0))'), /expected func, found global/);
  await refused(give('(memory 3)', '(memory (export "x") 2)'), /memory limits/);
  await refused(give('(memory 1)', '(memory (export "x") i64 1)'), /index type/);
  await refused(give('(memory 1 2 shared)', '(memory (export "x") 1 2)'), /shared/);
  await refused(give('(table 1 funcref)', '(table (export "x") 1 externref)'), /element type/);
  await refused(give('(table 1 2 funcref)', '(table (export "x") 1 funcref)'), /table limits/);
  await refused(give('(global i32)', '(global (export "x") (mut i32) (i32.const 0))'), /mutability/);
  await refused(give('(tag (param i32))', '(tag (export "x"))'), /expected \(i32\)/);
  await refused(give('(func)', '(func (export "y"))'), /does not export an item named `x`/);
  await refused(
    '(core module $b (import "m" "x" (func))) (core instance (instantiate $b))',
    /no instance is given for `m`/,
  );
});

test('core modules are read past constant expressions', async () => {
  await accepted(`(core module $m
      (type (struct (field i32)))
      (import "" "base" (global $base i32))
      (global (export "a") i32 (i32.add (global.get $base) (i32.const -7)))
      (global (export "b") f64 (f64.const 1.5)) (global (export "c") f32 (f32.const 2))
      (global (export "d") funcref (ref.func $f)) (global (export "e") externref (ref.null extern))
      (global (export "f") v128 (v128.const i64x2 1 2)) (global (export "g") (ref 0) (struct.new 0 (i32.const 3)))
      (table (export "t") 1 (ref null func) (ref.func $f))
      (func $f (export "h")))
    (core module $base (global (export "base") i32 (i32.const 0)))
    (core instance $b (instantiate $base))
    (core instance $i (instantiate $m (with "" (instance $b))))
    (alias core export $i "h" (core func)) (alias core export $i "t" (core table))
    (alias core export $i "d" (core global))`);
  await refused(`${core('(func (export "f"))')} (alias core export $i "f" (core memory))`, /is not a memory/);
});

test('components are instantiated with what they import', async () => {
  const give = (wanted: string, offered: string): string =>
    `(component $c (import "x" ${wanted})) ${offered} (instance (instantiate $c (with "x" ${/^\(import "i"/.test(offered) ? '(instance $i)' : '(func $f)'})))`;
  await accepted(
    give(
      '(func (param "a" (list u8)) (result u8))',
      '(import "f" (func $f (param "a" (list u8)) (result u8)))',
    ),
  );
  await refused(
    give('(func (param "a" u8))', '(import "f" (func $f (param "b" u8)))'),
    /expected parameter named `a`/,
  );
  await refused(
    give('(func (param "a" u8))', '(import "f" (func $f (param "a" u16)))'),
    /expected u8, found u16/,
  );
  await refused(give('(func)', '(import "f" (func $f (param "a" u16)))'), /expected 0 parameters/);
  await refused(give('(func (result u8))', '(import "f" (func $f))'), /expected a result/);
  await accepted(
    give(
      '(instance (export "a" (func)))',
      '(import "i" (instance $i (export "a" (func)) (export "b" (func))))',
    ),
  );
  await refused(
    give('(instance (export "a" (func)))', '(import "i" (instance $i (export "b" (func))))'),
    /missing expected export `a`/,
  );
  await refused('(component $c (import "x" (func))) (instance (instantiate $c))', /missing import named `x`/);
  await refused(
    '(component $c (import "x" (func))) (component $d) (instance (instantiate $c (with "x" (component $d))))',
    /expected func, found component/,
  );
});

test('resources are the same only by origin', async () => {
  const same = '(component $same (import "a" (type $a (sub resource))) (import "b" (type (eq $a))))';
  const two = `(component $C (type $r (resource (rep i32))) (export "r" (type $r))) (instance $x (instantiate $C)) (instance $y (instantiate $C)) ${same}`;
  await accepted(`${two} (instance (instantiate $same (with "a" (type $x "r")) (with "b" (type $x "r"))))`);
  await refused(
    `${two} (instance (instantiate $same (with "a" (type $x "r")) (with "b" (type $y "r"))))`,
    /not the same/,
  );
  const pass = '(component $Pass (import "x" (type $x (sub resource))) (export "y" (type $x)))';
  await accepted(`(type $r (resource (rep i32))) ${same} ${pass} (instance $p (instantiate $Pass (with "x" (type $r))))
    (instance $q (instantiate $Pass (with "x" (type $p "y"))))
    (instance (instantiate $same (with "a" (type $r)) (with "b" (type $q "y"))))
    (alias export $q "y" (type $mine)) (core func (canon resource.new $mine))`);
  await refused(
    `${two} (alias export $x "r" (type $r)) (core func (canon resource.new $r))`,
    /not a local resource/,
  );
});

test('component types stand in for components contravariantly', async () => {
  const needs = (imports: string, exports: string): string =>
    `(component $needs (import "c" (component ${imports} ${exports})))`;
  const give = (type: string, component: string): string =>
    `${type} (component $c ${component}) (instance (instantiate $needs (with "c" (component $c))))`;
  const passes =
    '(import "t" (type $t (sub resource))) (import "f" (func $f (result (own $t)))) (export "g" (func $f))';
  const declared = needs(
    '(import "t" (type $t (sub resource))) (import "f" (func (result (own $t))))',
    '(export "g" (func (result (own $t))))',
  );
  await accepted(give(declared, passes));
  await accepted(
    give(
      declared,
      '(import "t" (type $t (sub resource))) (import "f" (func $f (result (own $t)))) (export "g" (func $f)) (export "more" (func $f))',
    ),
  );
  await refused(give(declared, `${passes} (import "more" (func))`), /missing expected import `more`/);
  await refused(give(declared, '(import "t" (type $t (sub resource)))'), /missing expected export `g`/);
  await refused(
    give(
      declared,
      '(import "t" (type $t (sub resource))) (import "f" (func $f (result (own $t)))) (import "h" (func $h)) (export "g" (func $h))',
    ),
    /missing expected import `h`/,
  );
  await accepted(
    give(
      needs('', '(export "r" (type $r (sub resource)))'),
      '(type $r (resource (rep i32))) (export "r" (type $r))',
    ),
  );
});

test('an instance names its types for those that it was handed', async () => {
  const types = `(export "thing" (type $t (sub resource)))
    (type $f' (flags "a")) (export "f" (type $f (eq $f')))
    (type $r' (record (field "own" (own $t)) (field "inner" (result $f)))) (export "r" (type $r (eq $r')))
    (export "run" (func (param "r" $r)))`;
  // What wit-component makes of a world that imports and exports functions over the same types.
  const passing = `(component $C
    (import "in" (instance $in ${types}))
    (alias export $in "thing" (type $thing)) (alias export $in "f" (type $f)) (alias export $in "r" (type $r))
    (component $S
      (import "thing" (type $t (sub resource)))
      (type $f' (flags "a")) (import "f" (type $f (eq $f')))
      (type $r' (record (field "own" (own $t)) (field "inner" (result $f)))) (import "r" (type $r (eq $r')))
      (import "run" (func $run (param "r" $r)))
      (export "thing" (type $t)) (export "f" (type $f)) (export $r2 "r" (type $r))
      (export "run" (func $run) (func (param "r" $r2))))
    (instance $s (instantiate $S
      (with "thing" (type $thing)) (with "f" (type $f)) (with "r" (type $r)) (with "run" (func $in "run"))))
    (export "out" (instance $s)))`;
  await accepted(`(import "in" (instance $host ${types})) ${passing}
    (instance $a (instantiate $C (with "in" (instance $host))))
    (instance $b (instantiate $C (with "in" (instance $a "out"))))
    (instance $c (instantiate $C (with "in" (instance $b "out"))))
    (export "out" (instance $c "out"))`);
});

test('exports speak only of types that have a name outside', async () => {
  const f = core('(func (export "f") (result i32) unreachable)');
  const record = `${f} (type $t (record (field "x" u32))) (func $f (result $t) (canon lift (core func $i "f")))`;
  await refused(`${record} (export "f" (func $f))`, /uses a type that has no name/);
  await refused(`${record} (export "t" (type $t)) (export "f" (func $f))`, /uses a type that has no name/);
  await accepted(`${record} (export $t' "t" (type $t)) (export "f" (func $f) (func (result $t')))`);
  await refused(
    `${record} (instance $b (export "f" (func $f))) (export "b" (instance $b))`,
    /instance not valid/,
  );
  const resource = `${f} (type $t (resource (rep i32))) (func $f (result (own $t)) (canon lift (core func $i "f")))`;
  await refused(`${resource} (export "f" (func $f))`, /uses a type that has no name/);
  await accepted(`${resource} (export $t' "t" (type $t)) (export "f" (func $f) (func (result (own $t'))))`);
  await refused('(type $t (enum "a")) (import "f" (func (param "x" $t)))', /not valid to be used as import/);
  await refused(
    '(type $t (enum "a")) (export $u "u" (type $t)) (import "f" (func (param "x" $u)))',
    /not valid to be used as import/,
  );
  await refused(
    '(type (component (type $t (flags "a")) (export "f" (func (param "x" $t)))))',
    /not valid to be used as export/,
  );
  await accepted('(type (instance (type $t (flags "a")) (export "f" (func (param "x" $t)))))');
});

test('names follow their grammar and are unique', async () => {
  await refused('(import "notKebab" (func))', /not in kebab case/);
  await refused('(import "a" (func)) (import "A" (func))', /conflicts with previous name `a`/);
  await refused('(import "f" (func $f)) (export "x" (func $f)) (export "x" (func $f))', /conflicts/);
  await refused('(type (record (field "a" u8) (field "A" u8)))', /conflicts/);
  await refused('(type (enum "aB"))', /not in kebab case/);
  await refused('(import "a" (implements "b:c/d") (func))', /only instances/);
  await refused('(import "a:b/c" (implements "b:c/d") (instance))', /not valid with `implements`/);
  await accepted('(import "a" (implements "b:c/d@1.0.0") (external-id "any thing") (instance))');
});

test('methods belong to a resource of the same scope', async () => {
  const scope = (member: string): string =>
    `(import "i" (instance (export "cell" (type $c (sub resource))) (export ${member})))`;
  await accepted(scope('"[constructor]cell" (func (result (own $c)))'));
  await accepted(scope('"[constructor]cell" (func (result (result (own $c) (error string))))'));
  await accepted(scope('"[method]cell.get" (func (param "self" (borrow $c)))'));
  await accepted(scope('"[static]cell.of" (func)'));
  await refused(scope('"[constructor]cell" (func)'), /should return one value/);
  await refused(scope('"[constructor]cell" (func (result u8))'), /should return `\(own/);
  await refused(scope('"[method]cell.get" (func)'), /at least one argument/);
  await refused(scope('"[method]cell.get" (func (param "it" (borrow $c)))'), /called `self`/);
  await refused(scope('"[method]cell.get" (func (param "self" (own $c)))'), /first argument of/);
  await refused(scope('"[static]other.of" (func)'), /not known in this context/);
  await refused(scope('"[method]cell.get" (type (sub resource))'), /is not a func/);
});

test('outer aliases reach only what does not depend on the instance', async () => {
  await refused('(type $r (resource (rep i32))) (component (alias outer 1 0 (type)))', /refers to resources/);
  await refused(
    '(type $r (resource (rep i32))) (type $l (list (own $r))) (component (component (alias outer 2 1 (type))))',
    /refers to resources/,
  );
  await accepted(
    '(type $r (resource (rep i32))) (type (component (alias outer 1 0 (type $a)) (import "a" (type (eq $a)))))',
  );
  await accepted('(type $t (record (field "x" u8))) (component (alias outer 1 0 (type)))');
  await refused('(component (alias outer 9 0 (type)))', /outer alias count/);
  await refused(
    '(component $d) (type (component (alias outer 1 0 (component))))',
    /may only refer to types or instances/,
  );
});

test('types keep their own rules', async () => {
  await refused(
    '(type $r (resource (rep i32))) (type (func (result (list (borrow $r)))))',
    /cannot contain a `borrow`/,
  );
  await refused('(type (instance (type (resource (rep i32)))))', /within a concrete component/);
  await refused(
    `${core('(func (export "d"))')} (type (resource (rep i32) (dtor (core func $i "d"))))`,
    /destructor/,
  );
  await refused('(type $f (func)) (type (list $f))', /not a defined type/);
  await refused('(type $t u8) (import "f" (func (type $t)))', /not a function type/);
  await refused('(type $t u8) (type (own $t))', /not a resource type/);
  await refused('(type (tuple))', /at least one type/);
  await refused('(type (variant))', /at least one/);
  await refused(
    `(type (flags ${Array.from({ length: 33 }, (_, n) => `"f${n}"`).join(' ')}))`,
    /more than 32/,
  );
});

test('ascribed exports may say less but not other things', async () => {
  await accepted('(import "i" (instance $i (export "f" (func)))) (export "o" (instance $i) (instance))');
  await refused(
    '(import "i" (instance $i)) (export "o" (instance $i) (instance (export "f" (func))))',
    /not compatible/,
  );
  await refused('(import "f" (func $f)) (export "g" (func $f) (func (param "x" u8)))', /not compatible/);
});
