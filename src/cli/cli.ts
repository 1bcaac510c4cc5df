import { isCoded } from '../lib/errors.ts';
import { suggest } from '../lib/nearest.ts';
import { version } from '../lib/version.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { load, reload, unload } from './commands/apps.ts';
import { build } from './commands/build.ts';
import { call } from './commands/call.ts';
import { identity, peers, pins, topics } from './commands/ipfs.ts';
import { playground } from './commands/playground.ts';
import { run } from './commands/run.ts';
import { status } from './commands/status.ts';
import { test } from './commands/test.ts';
import { fail } from './errors.ts';
import { manual, overview } from './help.ts';
import type { Io } from './io.ts';
import { report } from './report.ts';

const COMMANDS: readonly Command[] = [
  run,
  playground,
  call,
  build,
  test,
  status,
  load,
  reload,
  unload,
  peers,
  topics,
  pins,
  identity,
];

/**
 * Runs one command line and answers its exit code: 0, 1 for a failure, 2 for a command used wrongly, or what
 * the command itself says. Never rejects.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const said: string[] = [];
 * const say = (text: string) => void said.push(text);
 * const onSignal = () => ({ [Symbol.dispose]() {} });
 * const io = { out: say, err: say, log: { write: say }, env: {}, colors: false, onSignal };
 * assert.equal(await runCli(['rnu'], io), 2);
 * assert.match(said.join(''), /rnu.*did you mean "run"/);
 * ```
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const verbose = args.includes('--verbose');
  try {
    return await dispatch(args, io);
  } catch (error) {
    io.err(report(error, { colors: io.colors, verbose }));
    if (!isCoded(error) || error.code !== 'USAGE') return 1;
    const command = COMMANDS.find(({ name }) => name === error.detail['command']);
    io.err(command ? `\nUsage: hermes ${command.name} ${command.usage}\n` : `\n${overview(COMMANDS)}`);
    return 2;
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    io.err(overview(COMMANDS));
    return 2;
  }
  if (name === '--version' || name === '-V' || name === 'version') {
    io.out(`hermes ${await version()}, Node ${process.versions.node}\n`);
    return 0;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    io.out(rest[0] === undefined ? overview(COMMANDS) : manual(find(rest[0])));
    return 0;
  }
  const command = find(name);
  const given = readArguments(rest, command);
  if (given.flag('help')) {
    io.out(manual(command));
    return 0;
  }
  return command.run(given, io);
}

function find(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found) return found;
  const known = [...COMMANDS.map((command) => command.name), 'help'];
  throw fail('USAGE', { faults: [`${JSON.stringify(name)} is no command: ${suggest(name, known)}`] });
}
