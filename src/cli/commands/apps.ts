/**
 * `hermes load`, `reload` and `unload`: the life of applications in an engine that runs.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { LoadedResult, UnloadedResult } from '../../admin/apps.ts';
import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import { fail } from '../errors.ts';
import type { Io } from '../io.ts';
import { report } from '../report.ts';
import { HOME_OPTIONS, homeOf } from './home-options.ts';

/** `hermes load`. */
export const load: Command = {
  name: 'load',
  summary: 'Loads an application into a running engine',
  usage: '<application folder> [options]',
  about: [
    'Asks the engine of a data folder to build and load the application of a folder. The others go',
    'on meanwhile. One that is refused leaves nothing behind.',
  ].join('\n'),
  options: HOME_OPTIONS,
  examples: ['hermes load shop', 'hermes load shop --home ./data --json'],
  run: async (given, io) => {
    expectWords(given, { command: 'load', what: 'the folder of an application', least: 1, most: 1 });
    const result = await ask<LoadedResult>('load', { path: resolve(given.words[0] ?? '') }, { given, io });
    if (!given.flag('json')) io.out(loadedText('Loaded', result));
    return 0;
  },
};

/** `hermes reload`. */
export const reload: Command = {
  name: 'reload',
  summary: 'Puts what is in its folder now in the place of a running application',
  usage: '[application]… [options]',
  about: [
    'Builds what has changed and starts the new version while the old one serves; then it takes what',
    'comes, and the old one finishes what it has. A new version that is refused changes nothing.',
    'Without names every application that came from a folder is reloaded. Ends with 1 when any was',
    'refused.',
  ].join('\n'),
  options: HOME_OPTIONS,
  examples: ['hermes reload', 'hermes reload shop'],
  run: async (given, io) => {
    if (given.words.length > 0) return reloadAll(given.words, { given, io });
    const { readStatus } = await import('../../admin/status.ts');
    const names = readStatus(await answer('status', {}, { given, io })).apps.map(({ name }) => name);
    if (names.length === 0 && !given.flag('json')) io.err('No application is loaded\n');
    return reloadAll(names, { given, io });
  },
};

/** `hermes unload`. */
export const unload: Command = {
  name: 'unload',
  summary: 'Removes an application from a running engine',
  usage: '<application> [options]',
  about: [
    'The application takes nothing new, finishes its events, and is removed; what it stored stays.',
    'Events that take longer than the time given are ended, those that still wait are dropped, and',
    'how many is said.',
  ].join('\n'),
  options: {
    ...HOME_OPTIONS,
    seconds: {
      type: 'string',
      value: 'number',
      help: 'How long its events may take; stop.seconds of the configuration by default',
    },
  },
  examples: ['hermes unload shop', 'hermes unload shop --seconds 0'],
  run: async (given, io) => {
    expectWords(given, { command: 'unload', what: 'the name of an application', least: 1, most: 1 });
    const [text] = given.text('seconds');
    const seconds = text === undefined ? undefined : readSeconds(text);
    const params = { app: given.words[0], ...(seconds !== undefined && { seconds }) };
    const result = await ask<UnloadedResult>('unload', params, { given, io });
    if (!given.flag('json')) io.out(unloadedText(result));
    return 0;
  },
};

interface Asking {
  readonly given: Given;
  readonly io: Io;
}

/** Builds may take their time; an engine that is gone is noticed at once. */
const PATIENCE_MS = 3_700_000;

async function answer(
  method: string,
  params: Readonly<Record<string, unknown>>,
  { given, io }: Asking,
): Promise<unknown> {
  const home = homeOf(given, io);
  const { askEngine } = await import('../../admin/client.ts');
  return askEngine(method, params, { home, timeoutMs: PATIENCE_MS });
}

/** What the engine answers; with `--json` it is printed. */
async function ask<T>(method: string, params: Readonly<Record<string, unknown>>, asking: Asking): Promise<T> {
  const result = await answer(method, params, asking);
  if (asking.given.flag('json')) asking.io.out(`${JSON.stringify(result, undefined, 2)}\n`);
  return result as T;
}

/** One after another; one that is refused keeps none of the others. */
async function reloadAll(names: readonly string[], asking: Asking): Promise<number> {
  const { given, io } = asking;
  const results: unknown[] = [];
  let refused = 0;
  for (const app of names) {
    try {
      const result = (await answer('reload', { app }, asking)) as LoadedResult;
      results.push(result);
      if (!given.flag('json')) io.out(loadedText('Reloaded', result));
    } catch (error) {
      // Alone it is the command's own failure.
      if (names.length === 1) throw error;
      refused += 1;
      io.err(report(error, { colors: io.colors, verbose: given.flag('verbose') }));
    }
  }
  if (given.flag('json')) io.out(`${JSON.stringify({ apps: results, refused }, undefined, 2)}\n`);
  return refused > 0 ? 1 : 0;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= 3600) return seconds;
  const found = JSON.stringify(text);
  throw fail('USAGE', {
    command: 'unload',
    faults: [`--seconds must be a number from 0 to 3600; found ${found}`],
  });
}

function loadedText(done: string, { app, version, modules, seconds }: LoadedResult): string {
  const parts = modules.length > 0 ? ` with ${modules.join(', ')}` : '';
  return `${done} ${app} ${version}${parts} in ${seconds.toFixed(1)} s\n`;
}

/**
 * What became of an application that was unloaded, and of its events.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const result = { app: 'shop', seconds: 0.2, underWay: { running: 1, waiting: 3 }, ended: { running: 0, waiting: 0 } };
 * assert.equal(unloadedText(result), 'Unloaded shop in 0.2 s: it finished what was under way\n');
 * const slow = unloadedText({ ...result, ended: { running: 1, waiting: 2 } });
 * assert.equal(slow, 'Unloaded shop in 0.2 s: 1 event that ran was ended, 2 that waited were dropped\n');
 * ```
 */
export function unloadedText({ app, seconds, underWay, ended }: UnloadedResult): string {
  const parts: string[] = [];
  const plural = (n: number): string => (n === 1 ? 'was' : 'were');
  if (ended.running > 0) {
    parts.push(
      `${ended.running} ${ended.running === 1 ? 'event' : 'events'} that ran ${plural(ended.running)} ended`,
    );
  }
  if (ended.waiting > 0) parts.push(`${ended.waiting} that waited ${plural(ended.waiting)} dropped`);
  const idle = underWay.running + underWay.waiting === 0;
  const calm = idle ? 'nothing was under way' : 'it finished what was under way';
  return `Unloaded ${app} in ${seconds.toFixed(1)} s: ${parts.length > 0 ? parts.join(', ') : calm}\n`;
}
