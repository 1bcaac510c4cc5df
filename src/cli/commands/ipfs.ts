/**
 * `hermes peers`, `topics` and `pins`: the IPFS node of a running engine; `hermes identity`: of any.
 *
 * @module
 */
import type { PeersAnswer, PinsAnswer, TopicsAnswer } from '../../extensions/ipfs/index.ts';
import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import { fail } from '../errors.ts';
import type { Io } from '../io.ts';
import { HOME_OPTIONS, homeOf } from './home-options.ts';

/** `hermes peers`. */
export const peers: Command = {
  name: 'peers',
  summary: 'Shows the engines that a running engine is connected to',
  usage: '[options]',
  about: [
    'Asks the engine of a data folder for its own peer id and addresses, for the peers it is connected',
    'to, and for those it refuses and why. A peer that is denied loses its connections and is not heard',
    'any more, through others neither, until it is allowed again.',
  ].join('\n'),
  options: {
    ...HOME_OPTIONS,
    deny: { type: 'string', value: 'peer', help: 'Refuses this peer from now on' },
    allow: { type: 'string', value: 'peer', help: 'Refuses this peer no more' },
  },
  examples: ['hermes peers', 'hermes peers --json', 'hermes peers --deny 12D3KooW…'],
  run: async (given, io) => {
    const [deny] = given.text('deny');
    const [allow] = given.text('allow');
    if (deny !== undefined && allow !== undefined)
      throw fail('USAGE', { command: 'peers', faults: ['--deny and --allow exclude each other'] });
    const params = { ...(deny !== undefined && { deny }), ...(allow !== undefined && { allow }) };
    const answer = await ask<PeersAnswer>('peers', { given, io, params });
    const { peersText } = await import('../ipfs-text.ts');
    return show(answer, peersText(answer, Date.now()), { given, io });
  },
};

/** `hermes topics`. */
export const topics: Command = {
  name: 'topics',
  summary: 'Shows the topics that a running engine listens to',
  usage: '[options]',
  about: [
    'Asks the engine of a data folder: which topics, for which of its applications, how many other',
    'engines listen, how many messages were accepted, and how many refused and why.',
  ].join('\n'),
  options: HOME_OPTIONS,
  examples: ['hermes topics', 'hermes topics --home ./data --json'],
  run: async (given, io) => {
    const answer = await ask<TopicsAnswer>('topics', { given, io });
    const { topicsText } = await import('../ipfs-text.ts');
    return show(answer, topicsText(answer), { given, io });
  },
};

/** `hermes pins`. */
export const pins: Command = {
  name: 'pins',
  summary: 'Shows the files that the applications of a running engine keep',
  usage: '[options]',
  about: [
    'Asks the engine of a data folder for what its applications have added or pinned, and its size. A',
    'pin may be taken from an application, also from one that is not loaded any more: what nobody else',
    'has pinned is removed from the disk a minute later.',
  ].join('\n'),
  options: {
    ...HOME_OPTIONS,
    remove: { type: 'string', value: 'cid', help: 'Removes the pin of this CID; needs --app' },
    app: { type: 'string', value: 'application', help: 'Whose pin is removed' },
  },
  examples: ['hermes pins', 'hermes pins --json', 'hermes pins --remove bafk… --app shop'],
  run: async (given, io) => {
    const [remove] = given.text('remove');
    const [app] = given.text('app');
    if ((remove === undefined) !== (app === undefined))
      throw fail('USAGE', {
        command: 'pins',
        faults: ['--remove <cid> and --app <application> go together'],
      });
    const params = remove === undefined ? {} : { remove, app };
    const answer = await ask<PinsAnswer>('pins', { given, io, params });
    const { pinsText } = await import('../ipfs-text.ts');
    return show(answer, pinsText(answer, Date.now()), { given, io });
  },
};

/** `hermes identity`. */
export const identity: Command = {
  name: 'identity',
  summary: 'Prints the peer id by which other engines know this one',
  usage: '[options]',
  about: [
    'Reads it from the data folder of an engine, whether it runs or not, and makes the key if there is',
    'none yet: lists of authors can be written before the first start.',
  ].join('\n'),
  options: HOME_OPTIONS,
  examples: ['hermes identity', 'hermes identity --home ./second'],
  run: async (given, io) => {
    expectWords(given, { command: 'identity', what: 'no words', least: 0, most: 0 });
    const { identityOf } = await import('../../extensions/ipfs/index.ts');
    const peer = await identityOf(homeOf(given, io));
    return show({ peer }, `${peer}\n`, { given, io });
  },
};

interface Asking {
  readonly given: Given;
  readonly io: Io;
  readonly params?: Readonly<Record<string, unknown>>;
}

async function ask<T>(method: string, { given, io, params = {} }: Asking): Promise<T> {
  expectWords(given, { command: method, what: 'no words', least: 0, most: 0 });
  const { askEngine } = await import('../../admin/client.ts');
  return (await askEngine(method, params, { home: homeOf(given, io) })) as T;
}

function show(answer: unknown, text: string, { given, io }: Asking): number {
  io.out(given.flag('json') ? `${JSON.stringify(answer, undefined, 2)}\n` : text);
  return 0;
}
