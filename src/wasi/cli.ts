import type { Call, GuestImports } from '../engine/extension.ts';
import { fail } from './errors.ts';
import { outputSink } from './output.ts';
import { InputStream, OutputStream } from './streams.ts';

/** Resource `terminal-input`: guests have none, but may name its type. */
class TerminalInput {}

/** Resource `terminal-output`: as above. */
class TerminalOutput {}

/** `wasi:cli`: what the operator says, an empty stdin, stdout and stderr to the log, no terminal. */
export function cliImports(): GuestImports {
  return {
    'wasi:cli/environment@0.2.0': {
      getEnvironment: ({ settings }: Call) => settings.environment,
      // As everywhere, the first one is what runs.
      getArguments: ({ module, settings }: Call): readonly string[] => [module.name, ...settings.arguments],
      initialCwd: (): string => '/',
    },
    'wasi:cli/exit@0.2.0': {
      exit: (_: Call, status: { readonly tag: 'ok' | 'err' }): never => {
        throw fail('WASI_EXIT', { by: 'exit', status: status.tag === 'ok' ? 0 : 1 });
      },
      exitWithCode: (_: Call, status: number): never => {
        throw fail('WASI_EXIT', { by: 'exit-with-code', status });
      },
    },
    'wasi:cli/stdin@0.2.0': { getStdin: (call: Call): InputStream => new InputStream(call) },
    'wasi:cli/stdout@0.2.0': { getStdout: (call: Call) => new OutputStream(call, outputSink('stdout')) },
    'wasi:cli/stderr@0.2.0': { getStderr: (call: Call) => new OutputStream(call, outputSink('stderr')) },
    'wasi:cli/terminal-input@0.2.0': { TerminalInput },
    'wasi:cli/terminal-output@0.2.0': { TerminalOutput },
    'wasi:cli/terminal-stdin@0.2.0': { getTerminalStdin: (): undefined => undefined },
    'wasi:cli/terminal-stdout@0.2.0': { getTerminalStdout: (): undefined => undefined },
    'wasi:cli/terminal-stderr@0.2.0': { getTerminalStderr: (): undefined => undefined },
  };
}
