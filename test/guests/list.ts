/**
 * Every guest: what it is made of, and how.
 *
 * @module
 */
import { long } from '../count.ts';
import type * as Tools from './tools.ts';

export interface Recipe {
  /** Files of this folder, and folders of it: when one changes the guest is built again. */
  readonly from: readonly string[];
  readonly make: (tools: typeof Tools, wit: string) => Promise<Uint8Array>;
}

export type GuestName =
  | 'c-echo'
  | 'c-cron'
  | 'c-faults'
  | 'c-compute'
  | 'c-libc'
  | 'c-wasi'
  | 'c-files'
  | 'c-ipfs'
  | 'c-tests'
  | 'cpp-files'
  | 'rust-files'
  | 'cpp-echo'
  | 'as-echo'
  | 'wat-cron'
  | 'wat-cm32p2'
  | 'js-echo'
  | 'ts-echo'
  | 'js-full'
  | 'js-compute'
  | 'js-wasi'
  | 'rust-echo'
  | 'rust-serde'
  | 'composed-suspend'
  | 'composed-destructor'
  | 'composed-resource'
  | 'composed-twice'
  | 'composed-encodings'
  | 'catch-all'
  | 'reenter'
  | 'dirty';

/** C without libc. */
function bare(world: string, ...files: readonly string[]): Recipe {
  return {
    from: ['c'],
    make: async (tools, wit) => {
      const core = await tools.bareC(['c/canon.h', 'c/arena.h', 'c/arena.c', ...files]);
      return tools.component(core, { world, wit });
    },
  };
}

function quickJs(world: string, file: string, wasi: boolean = false): Recipe {
  return { from: ['js', 'ts'], make: (tools, wit) => tools.quickJs(file, { world, wit, wasi }) };
}

/** Component text that needs nothing else. */
function text(file: string): Recipe {
  return { from: [file], make: (tools) => tools.wat(file) };
}

/**
 * Guests that only `npm run test:long` needs. They take long to build, and say nearly the same as others: `ts-echo` is
 * `js-echo` with types, `js-full` computes, `cpp-echo` uses libc++.
 */
const LONG: readonly GuestName[] = ['cpp-files', 'js-echo', 'js-compute'];

/** The recipes by name. */
export const guests: Readonly<Record<GuestName, Recipe>> = {
  'c-echo': bare('http-echo', 'c/echo.c'),
  'c-cron': bare('cron-tick', 'c/cron.c'),
  'c-faults': bare('http-min', 'c/faults.c'),
  'c-compute': {
    from: ['c'],
    make: async (tools, wit) => {
      const files = ['c/canon.h', 'c/arena.h', 'c/arena.c', 'c/compute.c'];
      return tools.component(await tools.bareC(files, '-O2'), { world: 'http-min', wit });
    },
  },
  'c-libc': {
    from: ['c', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.libcC(['c/canon.h', 'c/echo_libc.c']);
      return tools.component(core, { world: 'http-echo', wit, adapter: true });
    },
  },
  'c-wasi': {
    from: ['c/canon.h', 'wasi', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.libcC(['c/canon.h', 'wasi/wasi.c']);
      return tools.component(core, { world: 'http-echo', wit, adapter: true });
    },
  },
  'c-tests': {
    from: ['c/canon.h', 'tests', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.libcC(['c/canon.h', 'tests/tests.c']);
      return tools.component(core, { world: 'tests', wit, adapter: true });
    },
  },
  'c-files': {
    from: ['c/canon.h', 'files/reply.h', 'files/files.c', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.libcC(['c/canon.h', 'files/reply.h', 'files/files.c']);
      return tools.component(core, { world: 'http-echo', wit, adapter: true });
    },
  },
  'c-ipfs': {
    from: ['c/canon.h', 'files/reply.h', 'files/ipfs.c', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.libcC(['c/canon.h', 'files/reply.h', 'files/ipfs.c']);
      // One more world there would make every other guest anew.
      const own = 'world ipfs { import hermes:ipfs/api; export hermes:http-gateway/event; }';
      const worlds = wit.replace('package hermes:guest;', `package hermes:guest;\n${own}`);
      return tools.component(core, { world: 'ipfs', wit: worlds, adapter: true });
    },
  },
  'cpp-files': {
    from: ['c/canon.h', 'files/reply.h', 'files/files.cpp', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.cpp(['c/canon.h', 'files/reply.h', 'files/files.cpp']);
      return tools.component(core, { world: 'http-echo', wit, adapter: true });
    },
  },
  'rust-files': {
    from: ['files/files.wasm', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.source('files/files.wasm');
      return tools.component(core, { world: 'http-min', wit, adapter: true });
    },
  },
  'cpp-echo': {
    from: ['c/canon.h', 'cpp', 'adapters'],
    make: async (tools, wit) => {
      const core = await tools.cpp(['c/canon.h', 'cpp/echo.cpp']);
      return tools.component(core, { world: 'http-echo', wit, adapter: true });
    },
  },
  'as-echo': {
    from: ['as'],
    make: async (tools, wit) =>
      tools.component(await tools.assemblyScript('as/echo.as'), { world: 'http-echo', wit }),
  },
  'wat-cron': text('wat/cron.wat'),
  'wat-cm32p2': {
    from: ['wat/cm32p2.wat'],
    make: async (tools, wit) =>
      tools.component(await tools.wat('wat/cm32p2.wat'), { world: 'cron-tick', wit }),
  },
  'js-echo': quickJs('http-echo', 'js/echo.js'),
  'ts-echo': quickJs('http-echo', 'ts/echo.ts'),
  'js-full': quickJs('full', 'js/full.js'),
  'js-compute': quickJs('http-min', 'js/compute.js'),
  'js-wasi': quickJs('http-echo', 'js/echo.js', true),
  'rust-echo': { from: ['rust/rust-echo.wasm'], make: (tools) => tools.source('rust/rust-echo.wasm') },
  'composed-suspend': text('composed/suspend.wat'),
  'composed-destructor': text('composed/destructor.wat'),
  'composed-resource': text('composed/resource.wat'),
  'composed-twice': text('composed/twice.wat'),
  'composed-encodings': text('composed/encodings.wat'),
  'catch-all': text('composed/catch-all.wat'),
  reenter: text('composed/reenter.wat'),
  dirty: text('wat/dirty.wat'),
  'rust-serde': { from: ['rust/rust-serde.wasm'], make: (tools) => tools.source('rust/rust-serde.wasm') },
};

/** Those that tests of all guests run: in `npm test` not quite all. */
export const guestNames: readonly GuestName[] = (Object.keys(guests) as GuestName[]).filter(
  (name) => long || !LONG.includes(name),
);
