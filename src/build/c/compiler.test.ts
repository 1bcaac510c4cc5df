import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Compiler, createCompiler } from './compiler.ts';

const task = (code: string) => ({
  args: ['--target=wasm32-unknown-unknown', '-nostdlib', '-Wl,--no-entry', 'a.c', '-o', 'a.wasm'],
  files: { 'a.c': code },
  output: 'a.wasm',
});
const FINE = '__attribute__((export_name("f"))) int f(int x) { return x + 1; }';
const RUNNING = new Error('no longer wanted');

async function works(compiler: Compiler): Promise<void> {
  const { core, said } = await compiler.compile(task(FINE));
  assert.equal(said, '');
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(core ?? [])));
  assert.equal((instance.exports['f'] as (x: number) => number)(1), 2);
}

test('a compiler takes tasks one by one, those that it refuses too', async () => {
  await using compiler = createCompiler();
  const [, refused] = await Promise.all([works(compiler), compiler.compile(task('int f( {'))]);
  assert.equal(refused.core, undefined);
  assert.match(refused.said, /a\.c:1:8: error: /);
  await works(compiler);
});

test('what nobody wants any more ends, and the next task is done all the same', async () => {
  await using compiler = createCompiler();
  const stop = new AbortController();
  const stopped = assert.rejects(compiler.compile(task(FINE), stop.signal), RUNNING);
  const after = works(compiler);
  setImmediate(() => stop.abort(RUNNING));
  await stopped;
  await assert.rejects(compiler.compile(task(FINE), stop.signal), RUNNING);
  await after;
});
