/**
 * The WebAssembly JavaScript API as far as the component runtime needs it, JSPI included: TypeScript has it only
 * together with the DOM, and we do not want the DOM.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    static imports(module: Module): ModuleImportDescriptor[];
    static exports(module: Module): ModuleExportDescriptor[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Global {
    constructor(
      descriptor: {
        readonly value: 'i32' | 'i64' | 'f32' | 'f64' | 'externref' | 'anyfunc';
        readonly mutable?: boolean;
      },
      value?: unknown,
    );
    // What a global holds depends on its type: a number, a `bigint`, any reference.
    // biome-ignore lint/suspicious/noExplicitAny: as in the DOM's own types
    value: any;
  }
  class Table {
    constructor(descriptor: {
      readonly initial: number;
      readonly maximum?: number;
      readonly element: 'anyfunc' | 'externref';
    });
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value: unknown): void;
  }
  class RuntimeError extends Error {}
  class LinkError extends Error {}
  class CompileError extends Error {}
  class Exception {}
  class Suspending {
    constructor(run: (...args: never[]) => unknown);
  }
  function promising(run: (...args: never[]) => unknown): (...args: never[]) => Promise<unknown>;
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;

  type ExternKind = 'function' | 'table' | 'memory' | 'global' | 'tag';
  interface ModuleImportDescriptor {
    readonly module: string;
    readonly name: string;
    readonly kind: ExternKind;
  }
  interface ModuleExportDescriptor {
    readonly name: string;
    readonly kind: ExternKind;
  }
  type Exports = Readonly<Record<string, unknown>>;
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
