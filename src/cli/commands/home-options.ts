/**
 * The options of commands that are about the engine of a data folder.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { Given, Option } from '../command.ts';
import { readEnvironment } from '../environment.ts';
import type { Io } from '../io.ts';

export const HOME_OPTIONS: Readonly<Record<string, Option>> = {
  home: {
    type: 'string',
    value: 'folder',
    help: "The engine's data folder; HERMES_HOME or ~/.hermes by default",
  },
  json: { type: 'boolean', help: 'Prints one JSON object' },
};

/** The data folder that the command line names, or the environment. */
export function homeOf(given: Given, { env }: Io): string {
  return resolve(given.text('home')[0] ?? readEnvironment(env).home);
}
