/**
 * `wasi:filesystem` for modules that see files from elsewhere: the functions that follow a path wait for those,
 * and for nothing else. All other modules have the functions that never wait.
 *
 * @module
 */
import { type Call, type GuestImports, waiting } from '../engine/extension.ts';
import type { LateFile, LateFiles } from '../engine/late-files.ts';
import { createLateVfs, type LateVfs, pathsOnTheWay } from '../vfs/late.ts';
import type { VfsSync } from '../vfs/vfs.ts';
import { code, type FileCode } from './file-errors.ts';
import { Descriptor, filesystemImports } from './filesystem.ts';
import type { Flags, Place } from './open-at.ts';

/** Longer paths are refused by what follows them. */
const MAX_PATH = 4_096;

const key: unique symbol = Symbol('wasi late files');

type Want = 'stat' | 'open';

/** A path that must be fetched before another can be followed. */
interface Missing {
  readonly path: string;
  readonly want: Want;
}

/** The late files of one call. */
class CallFiles implements Disposable {
  readonly #late: LateVfs;
  readonly #method: string;

  constructor(late: LateVfs, method: string) {
    this.#late = late;
    this.#method = method;
  }

  get tree(): VfsSync {
    return this.#late.sync;
  }

  missing(base: string, path: string, want: Want): Missing | undefined {
    if (path.length > MAX_PATH) return undefined;
    const ahead = pathsOnTheWay(base, path);
    for (const [at, each] of [base, ...ahead].entries()) {
      const wanted = at === ahead.length ? want : 'stat';
      if (this.#late.isMissing(each, wanted)) return { path: each, want: wanted };
    }
    return undefined;
  }

  /** Answers whether something is there. */
  async fetch(call: Call, { path, want }: Missing): Promise<boolean> {
    const found = (await call.remote(this.#method, path, want)) as LateFile | FileCode | undefined;
    if (typeof found === 'string') throw code(found);
    this.#late.enter(path, found);
    return found !== undefined;
  }

  [Symbol.dispose](): void {}
}

/** Methods that follow a path. */
const FOLLOWING = ['openAt', 'statAt', 'metadataHashAt'] as const;

/** The linker tells by the class which methods wait; all others are those of `Descriptor`. */
class LateDescriptor extends Descriptor {
  readonly #from: Place;

  static {
    // The methods of a resource are its own properties.
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(Descriptor.prototype))) {
      if (name !== 'constructor') Object.defineProperty(LateDescriptor.prototype, name, property);
    }
    for (const name of FOLLOWING) {
      const follow = Descriptor.prototype[name] as (...args: unknown[]) => unknown;
      const value = waiting(function (this: LateDescriptor, call: Call, ...args: never[]): unknown {
        const [, path, open, flags] = args as unknown as [Flags, string, Flags?, Flags?];
        const want = name === 'openAt' && isToRead(open, flags) ? 'open' : 'stat';
        return this.#after(call, { path, want }, () => Reflect.apply(follow, this, [call, ...args]));
      });
      Object.defineProperty(LateDescriptor.prototype, name, { value, configurable: true });
    }
  }

  constructor(call: Call, place: Place) {
    super(call, place);
    this.#from = place;
  }

  /** At once when nothing has to be fetched. */
  #after(call: Call, { path, want }: Missing, follow: () => unknown): unknown {
    const files = call.state<CallFiles>(key, noFiles);
    const { file, path: base } = this.#from;
    const first = file ? undefined : files.missing(base, path, want);
    if (!first) return follow();
    return (async () => {
      for (let missing: Missing | undefined = first; missing; ) {
        if (!(await files.fetch(call, missing))) break;
        const next = files.missing(base, path, want);
        missing = next?.path === missing.path ? undefined : next;
      }
      return follow();
    })();
  }
}

/** What would be changed is refused, and needs no content. */
function isToRead(open: Flags = {}, flags: Flags = {}): boolean {
  return !(open['create'] || open['truncate'] || flags['write'] || flags['mutateDirectory']);
}

function noFiles(): never {
  throw new TypeError('A descriptor of late files comes from the directories of its call');
}

/**
 * The interfaces of `wasi:filesystem` with `files` in the tree.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const imports = lateFilesystem({ name: 'ipfs', method: 'fileLook' });
 * assert.ok('wasi:filesystem/types@0.2.0' in imports);
 * ```
 */
export function lateFilesystem({ name, method }: LateFiles): GuestImports {
  const plain = filesystemImports();
  return {
    'wasi:filesystem/preopens@0.2.0': {
      getDirectories(call: Call): readonly (readonly [Descriptor, string])[] {
        const base = call.vfs.sync;
        if (base === undefined) return [];
        const { tree } = call.state(key, () => new CallFiles(createLateVfs(base, name), method));
        return [[new LateDescriptor(call, { tree, path: '/', identity: undefined }), '/']];
      },
    },
    'wasi:filesystem/types@0.2.0': {
      ...plain['wasi:filesystem/types@0.2.0'],
      Descriptor: LateDescriptor,
    },
  };
}
