import { COMMON, type Command, type Option } from './command.ts';

/** The list of commands. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Runs applications made of WebAssembly components.',
    '',
    'Usage: hermes <command> [options]',
    '',
    ...lines,
    '',
    '  hermes help <command>  says more about one of them',
    '  hermes --version       says which Hermes this is',
    '',
    'Ends with 0, with 1 when something failed, and with 2 when a command was used in another way.',
    'Results go to standard output, all else to standard error; NO_COLOR=1 takes the colours away.',
    '',
  ].join('\n');
}

/** How one command is used. */
export function manual({ name, usage, about, options, examples }: Command): string {
  const rows = Object.entries({ ...options, ...COMMON }).map(
    ([key, option]) => [flagText(key, option), option.help] as const,
  );
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return [
    `Usage: hermes ${name} ${usage}`,
    '',
    about,
    '',
    'Options:',
    ...rows.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`),
    '',
    examples.length > 1 ? 'Examples:' : 'Example:',
    ...examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

function flagText(key: string, { type, short, value }: Option): string {
  const long = type === 'string' ? `--${key} <${value ?? 'text'}>` : `--${key}`;
  return short === undefined ? long : `-${short}, ${long}`;
}
