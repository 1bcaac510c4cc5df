/**
 * Where the modules of a core script live: as they are, or rewritten.
 *
 * @module
 */
import { instantiate } from '../../src/component/rewrite/fixtures/instance.ts';
import { PRIVATE, type RewriteOptions } from '../../src/component/rewrite/index.ts';

export type CoreExports = Readonly<Record<string, any>>;

/** An instance and the memories that scripts can see, each with how many bytes of it count. */
interface Live {
  readonly exports: CoreExports;
  readonly sizeOf: (memory: WebAssembly.Memory) => number;
}

/** The instances of one script. */
export class CoreWorld {
  readonly #rewritten: RewriteOptions | undefined;
  readonly #registered: Record<string, CoreExports> = { spectest: spectest() };
  readonly #named = new Map<string, Live>();
  readonly #sizes = new WeakMap<WebAssembly.Memory, WebAssembly.Global>();
  #current: Live | undefined;

  /** With options all modules are rewritten. */
  constructor(rewritten?: RewriteOptions) {
    this.#rewritten = rewritten;
  }

  /** Makes an instance current; throws what instantiation throws, and then none is. */
  instantiate(bytes: Uint8Array<ArrayBuffer>, name: string | undefined): void {
    this.forget();
    const live = this.#make(bytes);
    this.#current = live;
    if (name !== undefined) this.#named.set(name, live);
  }

  forget(): void {
    this.#current = undefined;
  }

  register(as: string, name: string | undefined): void {
    const live = this.find(name);
    if (live !== undefined) this.#registered[as] = live.exports;
  }

  /** What was registered under this name. */
  registered(as: string): CoreExports | undefined {
    return this.#registered[as];
  }

  /** The instance of this name, or the current one. */
  find(name: string | undefined): Live | undefined {
    return name === undefined ? this.#current : this.#named.get(name);
  }

  #make(bytes: Uint8Array<ArrayBuffer>): Live {
    const imports = this.#registered;
    if (this.#rewritten === undefined) {
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
      return { exports, sizeOf: (memory) => memory.buffer.byteLength };
    }
    const { exports } = instantiate(bytes, { ...this.#rewritten, imports }, this.#sizes);
    return {
      exports,
      sizeOf: (memory) => {
        const pages = this.#sizes.get(memory)?.value;
        return pages === undefined ? memory.buffer.byteLength : Number(pages) * 65_536;
      },
    };
  }
}

/** Names that the script gave: those that rewriting adds are left out. */
export function ownNames(exports: CoreExports): string[] {
  return Object.keys(exports).filter((name) => !name.startsWith(PRIVATE));
}

/** What the specification's scripts import. */
function spectest(): CoreExports {
  const ignore = (): void => {};
  const prints = ['', '_i32', '_i64', '_f32', '_f64', '_i32_f32', '_f64_f64'].map((type) => `print${type}`);
  return {
    ...Object.fromEntries(prints.map((name) => [name, ignore])),
    global_i32: new WebAssembly.Global({ value: 'i32' }, 666),
    global_i64: new WebAssembly.Global({ value: 'i64' }, 666n),
    global_f32: new WebAssembly.Global({ value: 'f32' }, 666.6),
    global_f64: new WebAssembly.Global({ value: 'f64' }, 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}
