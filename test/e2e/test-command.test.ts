import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { guest } from '../guests/build.ts';
import { hermes, start } from './hermes.ts';

const folder = (name: string): string => join(import.meta.dirname, 'test-command', name);
const named = (...texts: readonly string[]) => texts.flatMap((text) => ['--filter', text]);
/** Reports without what differs from run to run. */
const steady = (text: string): string =>
  text
    .replaceAll(/[^\s"]*\/test-command\//g, '')
    .replaceAll(/\(?\d[\d.]* (ns|µs|ms|s)\b[^)\n]*\)/g, '(time)')
    .replaceAll(/^ {2}duration_ms: .*\n/gm, '');

test('a report for people: marks, reasons, and what was logged', async () => {
  const { code, out, err } = await hermes(['test', folder('harm'), '--timeout', '0.5']);
  assert.equal(code, 1, err);
  const lines = steady(out).split('\n');
  assert.deepEqual(
    lines.filter((line) => /^( {2})?\S/.test(line)),
    [
      'harm',
      '  ✓ passes (time)',
      '  ✗ fails (time)',
      '  ✗ traps (time)',
      '  ✗ hangs (time)',
      '  ✓ ends # its\\napplication (time)',
      '  ✓ alone (time)',
      '  ✓ alone again (time)',
      '4 passed, 3 failed (time)',
    ],
  );
  const below = (mark: string): string => {
    const from = lines.findIndex((line) => line.startsWith(`  ✗ ${mark}`)) + 1;
    return lines
      .slice(
        from,
        lines.findIndex((line, at) => at >= from && !line.startsWith('      ')),
      )
      .join('\n');
  };
  assert.match(
    below('fails'),
    /TEST_FAILED.*\n.*warn said before it fails \(src\/main.c:\d+\)\n.*1 \+ 1 == 3/,
  );
  assert.match(below('traps'), /Error TRAP_GUEST/);
  // A machine that computes fast enough meets the other limit first.
  assert.match(below('hangs'), /Error (DEADLINE[\s\S]*ms: 500|FUEL)/);
  assert.doesNotMatch(out, /said by the one that passes/);
});

test('with --verbose what passes shows its log, too; --filter chooses by text in the name', async () => {
  const harm = folder('harm');
  const verbose = await hermes(['test', harm, '--filter', 'passes', '--filter', 'again', '--verbose']);
  assert.equal(verbose.code, 0, verbose.err);
  assert.match(
    verbose.out,
    /✓ passes[\s\S]*info said by the one that passes[\s\S]*✓ alone again[\s\S]*\n2 passed/,
  );
  const none = await hermes(['test', harm, '--filter', 'no such name']);
  assert.equal(none.code, 1);
  assert.match(none.err, /TEST_NO_MATCH.*--list/);
  const list = await hermes(['test', harm, '--list', '--filter', 'alone']);
  assert.deepEqual([list.code, steady(list.out)], [0, 'harm: alone\nharm: alone again\n']);
});

test('a report for programs: TAP, with codes and logs as YAML', async () => {
  const { code, out } = await hermes(['test', folder('harm'), '--timeout', '0.5', '--tap']);
  assert.equal(code, 1);
  const lines = steady(out).split('\n');
  assert.deepEqual(lines.slice(0, 2), ['TAP version 14', '1..7']);
  assert.deepEqual(
    lines.filter((line) => /^(not )?ok /.test(line)),
    [
      'ok 1 - harm: passes',
      'not ok 2 - harm: fails',
      'not ok 3 - harm: traps',
      'not ok 4 - harm: hangs',
      'ok 5 - harm: ends \\# its application',
      'ok 6 - harm: alone',
      'ok 7 - harm: alone again',
    ],
  );
  const codes = lines.filter((line) => line.startsWith('  code: ')).map((line) => JSON.parse(line.slice(8)));
  assert.deepEqual(codes.slice(0, 2), ['TEST_FAILED', 'TRAP_GUEST']);
  assert.match(codes[2], /^(DEADLINE|FUEL)$/);
  const log = JSON.parse(lines.find((line) => line.startsWith('  log: '))?.slice(7) ?? '');
  assert.match(log[1], /1 \+ 1 == 3/);
});

test('benchmarks say how long a round takes; their rounds share an application', async () => {
  const { code, out } = await hermes([
    'test',
    folder('harm'),
    '--bench',
    '--verbose',
    ...named('counts', 'traps'),
  ]);
  assert.equal(code, 1);
  assert.match(out, /✓ counts [\d.]+ (ns|µs|ms) \(.* to .*, \d+ rounds\)/);
  assert.match(out, /✗ traps at once[\s\S]*TRAP_GUEST/);
  assert.equal(out.split('info the first round').length, 2, out);
  const tap = await hermes(['test', folder('harm'), '--bench', '--tap', ...named('nothing')]);
  assert.equal(tap.code, 0);
  assert.match(tap.out, /ok 1 - .*: does nothing\n {2}---\n {2}rounds: \d+\n {2}median_ns: \d+\n/);
});

test('an application brings its other modules; what a TypeScript test throws has its place', async () => {
  const { code, out, err } = await hermes([
    'test',
    folder('shop'),
    folder('harm'),
    ...named('empty', 'answers', 'broken', 'passes'),
  ]);
  assert.equal(code, 1, err);
  assert.match(steady(out), /^shop cart\n {2}✓ an empty cart costs nothing .*\n {2}✓ answers a request/);
  assert.match(
    out,
    /✗ is broken[\s\S]*TEST_FAILED[\s\S]*error Error: The cart is empty[\s\S]*src\/index\.ts:14/,
  );
  const other = await hermes(['test', folder('shop'), '--filter', 'left at the start']);
  assert.equal(other.code, 0, other.out);
  const module = await hermes(['test', folder('shop/modules/cart'), '--filter', 'left at the start']);
  assert.equal(module.code, 1, 'a module alone has no other module');
  assert.match(module.out, /stock has not been there/);
});

test('what cannot be listed or started is a failure of its own, and the rest runs', async () => {
  const endless = await hermes(['test', folder('endless'), folder('harm'), '--filter', 'passes']);
  assert.equal(endless.code, 1);
  assert.match(
    steady(endless.out),
    /endless\n {2}✗ cannot be listed\n.*TEST_ENDLESS[\s\S]*✓ passes[\s\S]*1 passed, 1 failed/,
  );
  const bench = await hermes(['test', folder('endless'), '--bench', '--tap']);
  assert.equal(bench.code, 1);
  assert.match(
    bench.out,
    /1\.\.2\nnot ok 1 - .*: lists its tests\n.*\n {2}code: "TEST_LIST"[\s\S]*TRAP_GUEST/,
  );
  assert.match(bench.out, /not ok 2 - .*: first\n[\s\S]*code: "TEST_GONE"/);

  await using temporary = await mkdtempDisposable(join(tmpdir(), 'hermes-'));
  const broken = join(temporary.path, 'Broken_one.wasm');
  await writeFile(broken, new Uint8Array([0, 0x61, 0x73, 0x6d]));
  const load = await hermes(['test', broken, folder('harm'), '--filter', 'passes']);
  assert.equal(load.code, 1);
  assert.match(load.out, /✗ does not start\n[\s\S]*COMPONENT[\s\S]*✓ passes/);
});

test('what has no tests, or is not there, is said', async () => {
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'hermes-'));
  const echo = join(temporary.path, 'c-echo.wasm');
  await writeFile(echo, await guest('c-echo'));
  const cases = [
    [['test', echo], 1, /TEST_NONE.*hermes:integration-test\/event/],
    [['test', join(temporary.path, 'no.wasm')], 1, /COMPONENT_FILE/],
    [['test', temporary.path], 1, /TEST_FOLDER/],
    [['test'], 2, /a component or a folder is missing/],
    [['test', echo, '--timeout', 'soon'], 2, /--timeout must be seconds/],
    [['test', echo, '--timeout', '0'], 2, /--timeout must be seconds/],
  ] as const;
  for (const [args, code, pattern] of cases) {
    const ended = await hermes(args);
    assert.equal(ended.code, code, args.join(' '));
    assert.match(ended.err, pattern);
  }
});

test('Ctrl-C ends it, even while a test hangs; a configuration gives other limits', async () => {
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'hermes-'));
  const config = join(temporary.path, 'engine.json');
  await writeFile(config, JSON.stringify({ limits: { fuel: 1_000_000_000_000_000, wallClockMs: 600_000 } }));
  const names = ['--filter', 'passes', '--filter', 'hangs'];
  await using started = start(['test', folder('harm'), ...names, '--config', config]);
  await started.until(/✓ passes/);
  started.kill('SIGINT');
  const { code, err } = await started.ended;
  assert.equal(code, 1);
  assert.match(err, /Interrupted/);

  await writeFile(config, JSON.stringify({ limits: { fuel: 1_000_000 } }));
  const little = await hermes(['test', folder('harm'), ...names, '--config', config]);
  assert.match(little.out, /✓ passes[\s\S]*✗ hangs[\s\S]*Error FUEL/);
  await writeFile(config, '{ "limit": {} }');
  const wrong = await hermes(['test', folder('harm'), '--config', config]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /CONFIG_INVALID[\s\S]*did you mean "limits"/);
});
