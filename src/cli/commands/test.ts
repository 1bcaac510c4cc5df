import { relative } from 'node:path';
import type { Compiler } from '../../build/c/compiler.ts';
import { printable } from '../../telemetry/printable.ts';
import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import { fail } from '../errors.ts';
import type { Io } from '../io.ts';
import type { BuildFolder } from '../test/subjects.ts';
import type { Case, Kind, ListFault, Reporter, Subject } from '../test/types.ts';

/** `hermes test`. */
export const test: Command = {
  name: 'test',
  summary: 'Runs the tests and benchmarks that modules bring along',
  usage: '<component.wasm | module folder | application folder>… [options]',
  about: [
    'A module with tests exports hermes:integration-test/event. Each test runs in an application of',
    'its own, with the host functions of the real extensions, and without the gateway. A folder is',
    'built first; an application brings its files, its configuration and its other modules.',
    '',
    'Ends with 0 when all passed, with 1 when one failed, could not be run or listed, or when there',
    'was none. docs/testing.md says how tests are written.',
  ].join('\n'),
  options: {
    filter: {
      type: 'string',
      multiple: true,
      value: 'text',
      help: 'Only tests whose name holds this text; may be repeated',
    },
    bench: { type: 'boolean', help: 'Runs the benchmarks instead of the tests' },
    list: { type: 'boolean', help: 'Prints the names and runs nothing' },
    tap: { type: 'boolean', help: 'Reports as TAP, for programs' },
    timeout: { type: 'string', value: 'seconds', help: 'How long one test may take; 30 by default' },
    config: {
      type: 'string',
      value: 'file',
      help: 'The configuration of the engine, as for run; none by default',
    },
    'no-check': { type: 'boolean', help: 'Leaves out the check of types when building' },
  },
  examples: [
    'hermes test modules/api',
    'hermes test tests.wasm --filter "empty cart" --verbose',
    'hermes test shop --tap > shop.tap',
  ],
  run: runTests,
};

async function runTests(given: Given, io: Io): Promise<number> {
  expectWords(given, { command: 'test', what: 'a component or a folder', least: 1 });
  const timeoutMs = readTimeout(given.text('timeout')[0]);
  const kind: Kind = given.flag('bench') ? 'bench' : 'test';
  const subjects = await readSubjects(given, io);

  const { createTestHost } = await import('../test/host.ts');
  const { listCases } = await import('../test/run.ts');
  const { fail: failTest } = await import('../test/errors.ts');
  const stop = new AbortController();
  const configFile = given.text('config')[0];
  await using host = await createTestHost({ timeoutMs, configFile, signal: stop.signal });
  using _signals = io.onSignal(() => {
    stop.abort(new Error('The command was interrupted'));
    // Ends what runs; whoever waits for it hears of it.
    void host[Symbol.asyncDispose]();
  });
  const found: Case[] = [];
  const faults: ListFault[] = [];
  for (const subject of subjects) {
    if (stop.signal.aborted) return interrupted(io);
    const listing = await listCases(host, subject, kind);
    found.push(...listing.cases);
    faults.push(...listing.faults);
  }
  if (stop.signal.aborted) return interrupted(io);
  if (found.length + faults.length === 0) throw failTest('TEST_NONE', { given: given.words, kind });
  const filters = given.text('filter');
  const cases =
    filters.length > 0 ? found.filter(({ name }) => filters.some((text) => name.includes(text))) : found;
  if (cases.length + faults.length === 0) throw failTest('TEST_NO_MATCH', { filter: filters });
  const reporter = await reporterOf(given, io);
  if (given.flag('list')) return list(cases, faults, { io, reporter });
  return await runAll(cases, faults, { host, reporter, io, signal: stop.signal });
}

async function readSubjects(given: Given, io: Io): Promise<readonly Subject[]> {
  const [{ readSubject }, { createCompiler }] = await Promise.all([
    import('../test/subjects.ts'),
    import('../../build/c/compiler.ts'),
  ]);
  await using compiler = createCompiler();
  const build = builder(given, io, compiler);
  const subjects: Subject[] = [];
  for (const word of given.words) subjects.push(await readSubject(word, build));
  return subjects;
}

function interrupted({ err }: Io): number {
  err('Interrupted\n');
  return 1;
}

async function reporterOf(given: Given, { out, colors }: Io): Promise<Reporter> {
  if (given.flag('tap')) return (await import('../test/tap.ts')).tapReporter(out);
  const { prettyReporter } = await import('../test/pretty.ts');
  return prettyReporter({ out, colors, verbose: given.flag('verbose') });
}

/** Names alone, one a line, behind what they belong to. */
function list(
  cases: readonly Case[],
  faults: readonly ListFault[],
  { io, reporter }: { readonly io: Io; readonly reporter: Reporter },
): number {
  for (const { subject, module, name } of cases) {
    const of = subject.application.modules.length > 1 ? `${subject.label} ${module}` : subject.label;
    io.out(`${printable(`${of}: ${name}`)}\n`);
  }
  for (const fault of faults) reporter.fault(fault);
  return faults.length > 0 ? 1 : 0;
}

interface Running {
  readonly host: Awaited<ReturnType<typeof import('../test/host.ts').createTestHost>>;
  readonly reporter: Reporter;
  readonly io: Io;
  readonly signal: AbortSignal;
}

/** One after another: a benchmark wants the machine for itself, and a report is read from top to bottom. */
async function runAll(
  cases: readonly Case[],
  faults: readonly ListFault[],
  { host, reporter, io, signal }: Running,
): Promise<number> {
  const { runBench, runTest } = await import('../test/run.ts');
  const begin = performance.now();
  reporter.begin(cases.length + faults.length);
  let failed = faults.length;
  for (const fault of faults) reporter.fault(fault);
  for (const one of cases) {
    const outcome = one.kind === 'test' ? await runTest(host, one) : await runBench(host, one, { signal });
    if (signal.aborted) return interrupted(io);
    if (outcome.failure) failed += 1;
    reporter.outcome(one, outcome);
  }
  const passed = cases.length + faults.length - failed;
  reporter.end({ passed, failed, ms: performance.now() - begin });
  return failed > 0 ? 1 : 0;
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 0.01 && seconds <= 86_400) return seconds * 1000;
  const found = JSON.stringify(text);
  const fault = `--timeout must be seconds, 0.01 to 86400, as 5 or 0.5; found ${found}`;
  throw fail('USAGE', { command: 'test', faults: [fault] });
}

/** Builds a module's sources when they have changed. */
function builder(given: Given, io: Io, compiler: Compiler): BuildFolder {
  return async (folder) => {
    const [{ buildModule }, { installedWit }] = await Promise.all([
      import('../../build/build-module.ts'),
      import('../wit.ts'),
    ]);
    const { bytes, warnings } = await buildModule(folder, {
      wit: await installedWit(),
      check: !given.flag('no-check'),
      compiler,
      building: () => io.err(`Building ${relative('.', folder)}\n`),
    });
    for (const warning of warnings) io.err(`Warning: ${warning}\n`);
    return bytes;
  };
}
