import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import { readEnvironment } from '../environment.ts';
import type { Io } from '../io.ts';

/** `hermes status`. */
export const status: Command = {
  name: 'status',
  summary: 'Shows what a running engine does',
  usage: '[options]',
  about: [
    'Asks the engine of a data folder: applications and their modules, what is queued, what runs,',
    'which limits were reached. Ends with 1 when no engine runs there.',
  ].join('\n'),
  options: {
    home: { type: 'string', value: 'folder', help: 'The data folder; HERMES_HOME or ~/.hermes by default' },
    json: { type: 'boolean', help: 'Prints one JSON object' },
  },
  examples: ['hermes status', 'hermes status --home ./data --json'],
  run: showStatus,
};

async function showStatus(given: Given, io: Io): Promise<number> {
  expectWords(given, { command: 'status', what: 'no words', least: 0, most: 0 });
  const home = given.text('home')[0] ?? readEnvironment(io.env).home;
  const [{ askEngine }, { readStatus }, { resolve }] = await Promise.all([
    import('../../admin/client.ts'),
    import('../../admin/status.ts'),
    import('node:path'),
  ]);
  const answer = await askEngine('status', {}, { home: resolve(home) });
  if (given.flag('json')) {
    io.out(`${JSON.stringify(answer, undefined, 2)}\n`);
    return 0;
  }
  const { statusText } = await import('../status-text.ts');
  io.out(statusText(readStatus(answer)));
  return 0;
}
