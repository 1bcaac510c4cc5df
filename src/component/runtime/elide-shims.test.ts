import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { decode } from '../decode.ts';
import type { Plan } from '../plan.ts';
import { compilePlan } from './component.ts';
import { elideShims } from './elide-shims.ts';
import { createLinker } from './linker.ts';

interface Variation {
  /** Added to the module that imports through the shim. */
  readonly main?: string;
  /** Added to the body of the shim's function. */
  readonly body?: string;
  /** Another step between shim and fixup. */
  readonly between?: string;
  /** What fills the slot. */
  readonly slot?: string;
  /** Added to the fixup. */
  readonly fixup?: string;
}

/** A component as wit-component makes it: the import wants the memory of the module that calls it. */
async function planOf({
  main = '',
  body = '',
  between = '',
  slot = '(func $log)',
  fixup = '',
}: Variation = {}): Promise<Plan> {
  const text = `(component
    (import "a:b/c" (instance $host (export "log" (func (param "s" string)))))
    (core module $Shim
      (table (export "$imports") 1 1 funcref)
      (func (export "0") (param i32 i32) ${body} (call_indirect (param i32 i32) (local.get 0) (local.get 1) (i32.const 0))))
    (core instance $shim (instantiate $Shim))
    (core module $Main
      (import "host" "log" (func $log (param i32 i32)))
      (memory (export "mem") 1)
      (data (i32.const 8) "hello")
      (func (export "other") (param i32 i32))
      ${main}
      (func (export "run") (call $log (i32.const 8) (i32.const 5))))
    (core instance $main (instantiate $Main (with "host" (instance (export "log" (func $shim "0"))))))
    ${between}
    (core func $log (canon lower (func $host "log") (memory (core memory $main "mem"))))
    (core module $Fixup
      (import "" "0" (func (param i32 i32)))
      (import "" "$imports" (table 1 1 funcref))
      ${fixup}
      (elem (i32.const 0) func 0))
    (core instance (instantiate $Fixup (with "" (instance
      (export "$imports" (table $shim "$imports")) (export "0" ${slot})))))
    (func (export "run") (canon lift (core func $main "run"))))`;
  return decode(new Uint8Array(await parse(text)));
}

async function run(plan: Plan): Promise<readonly string[]> {
  const lines: string[] = [];
  const linker = createLinker().define('a:b/c', {
    log: (_call: unknown, line: string) => void lines.push(line),
  });
  using instance = linker.link(await compilePlan(plan)).acquire();
  instance.call('run', []);
  instance.call('run', []);
  return lines;
}

test('a shim and its fixup are taken out, and the import is bound directly', async () => {
  const plan = await planOf();
  const elided = elideShims(plan);
  assert.deepEqual([plan.steps.length, elided.steps.length], [3, 1]);
  assert.deepEqual(elided.steps[0]?.imports, [
    { module: 'host', name: 'log', value: { kind: 'trampoline', index: 0 } },
  ]);
  assert.deepEqual(elided.trampolines[0], {
    ...plan.trampolines[0],
    options: {
      ...(plan.trampolines[0] as any).options,
      memory: { kind: 'export', instance: 0, name: 'mem' },
    },
  });
  assert.equal(elided.exports[0]?.type, plan.exports[0]?.type);
  assert.deepEqual(await run(plan), ['hello', 'hello']);
});

test('whatever else could be told apart stays', async () => {
  const started = { main: '(func $start) (start $start)' };
  for (const [name, variation, steps] of [
    ['a start function before the table is filled', started, 3],
    ['a shim that does more', { body: '(nop)' }, 3],
    ['a slot that is filled with what the importer itself exports', { slot: '(func $main "other")' }, 3],
    ['a fixup that does more', { fixup: '(func)' }, 3],
    [
      'a step between that starts',
      { between: '(core module $S (func $f) (start $f)) (core instance (instantiate $S))' },
      4,
    ],
    [
      'a table that somebody else looks into',
      {
        between: `(core module $T (import "" "$imports" (table 1 1 funcref)))
          (core instance (instantiate $T (with "" (instance $shim))))`,
      },
      4,
    ],
  ] as const) {
    const plan = await planOf(variation);
    assert.equal(elideShims(plan).steps.length, steps, name);
    assert.equal(plan.steps.length, steps, name);
    await run(plan);
  }
  const between = { between: '(core module $Quiet (memory 1)) (core instance (instantiate $Quiet))' };
  assert.equal(elideShims(await planOf(between)).steps.length, 2);
});
