/**
 * What rewriting adds to a module, and under which indices. No function index moves; global indices move by the
 * number of globals that are imported in addition.
 *
 * @module
 */

import type { Code } from './code.ts';
import { lengthOf } from './events.ts';
import { chargeBody, growBody, zeroBody } from './helpers.ts';
import type { Module } from './module.ts';
import type { Limits } from './types.ts';

const I32 = 0x7f;
const I64 = 0x7e;

export interface AddedGlobal {
  readonly name: string;
  readonly wide: boolean;
}

export interface Additions {
  /** Imported globals: virtual sizes of imported memories, the page budget. */
  readonly imports: readonly AddedGlobal[];
  /** Defined globals and what they start with: virtual sizes of defined memories; fuel has enough for a second or two. */
  readonly globals: readonly (AddedGlobal & { readonly initial: number | undefined })[];
  /** Function types, as bytes. */
  readonly types: readonly string[];
  readonly functions: readonly AddedFunction[];
  /** By memory: the global of its virtual size, and the functions that grow and clear it. */
  readonly size: readonly (number | undefined)[];
  readonly grow: readonly (number | undefined)[];
  readonly zero: readonly (number | undefined)[];
  /** By the value of `event.length`: the function that charges for it. */
  readonly charge: ReadonlyMap<number, number>;
  readonly fuel: number | undefined;
  /** The global that a store below an address sets; -1 where none does. */
  readonly touched: number;
  /** A global by the index that it had. */
  readonly global: (index: number) => number;
}

interface AddedFunction {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Decides on all of it. `fuel` says whether anything pays, `touches` whether a store is looked at. */
export function planAdditions(
  module: Module,
  code: Code,
  { fuel, touches }: { readonly fuel: boolean; readonly touches: boolean },
): Additions {
  const imports: AddedGlobal[] = [];
  const globals: { name: string; wide: boolean; initial: number | undefined }[] = [];
  module.memories.forEach(({ imported, wide }, index) => {
    if (imported !== undefined && code.sized.has(index)) imports.push({ name: `v${index}`, wide });
  });
  const budget = code.grown.size > 0 ? module.importedGlobals + imports.length : undefined;
  if (budget !== undefined) imports.push({ name: 'pages', wide: false });
  const defined = module.globals.length + imports.length;
  const size = module.memories.map(({ imported, wide, minimum }, index) => {
    const name = `v${index}`;
    if (imported === undefined) return defined + globals.push({ name, wide, initial: minimum }) - 1;
    const place = imports.findIndex((one) => one.name === name);
    return place < 0 ? undefined : module.importedGlobals + place;
  });
  const fuelGlobal = fuel
    ? defined + globals.push({ name: 'fuel', wide: true, initial: undefined }) - 1
    : undefined;
  const touched = touches ? defined + globals.push({ name: 'touched', wide: false, initial: 0 }) - 1 : -1;
  const made = new Functions(module);
  const planned = planFunctions({ module, code, made, size, budget, fuel: fuelGlobal });
  return {
    imports,
    globals,
    types: made.types,
    functions: made.functions,
    size,
    ...planned,
    fuel: fuelGlobal,
    touched,
    global: (index) => (index < module.importedGlobals ? index : index + imports.length),
  };
}

interface Plan {
  readonly module: Module;
  readonly code: Code;
  readonly made: Functions;
  readonly size: readonly (number | undefined)[];
  readonly budget: number | undefined;
  readonly fuel: number | undefined;
}

function planFunctions({
  module,
  code,
  made,
  size,
  budget,
  fuel,
}: Plan): Pick<Additions, 'grow' | 'zero' | 'charge'> {
  const grow = module.memories.map((memory, index) => {
    const sizeGlobal = size[index];
    if (budget === undefined || sizeGlobal === undefined || !code.grown.has(index)) return undefined;
    const type = memory.wide ? I64 : I32;
    return made.add([1, type, 1, type], growBody({ index, memory, size: sizeGlobal, budget }));
  });
  const zero = module.memories.map((memory, index) =>
    clearable(memory) ? made.add([2, I32, I32, 0], zeroBody(index, memory.wide)) : undefined,
  );
  const sizes = module.memories.flatMap(({ wide }, index) => {
    const global = code.sized.has(index) ? size[index] : undefined;
    return global === undefined ? [] : [{ global, wide }];
  });
  const charge = new Map<number, number>();
  for (const value of fuel === undefined ? [] : code.lengths) {
    const long = value >= lengthOf.wide;
    const type = long ? I64 : I32;
    const body = chargeBody(fuel as number, { kind: value % lengthOf.wide, long, sizes });
    charge.set(value, made.add([1, type, 1, type], body));
  }
  return { grow, zero, charge };
}

function clearable({ imported, shared }: Limits & { readonly imported: unknown }): boolean {
  return imported === undefined && !shared;
}

/** Functions and their types, appended. */
class Functions {
  readonly types: string[] = [];
  readonly functions: AddedFunction[] = [];
  readonly #module: Module;

  constructor(module: Module) {
    this.#module = module;
  }

  /** Answers the function's index. `signature` is the type's encoding without its form. */
  add(signature: readonly number[], body: Uint8Array): number {
    const key = String.fromCharCode(0x60, ...signature);
    const found = this.types.indexOf(key);
    const type = this.#module.types.length + (found < 0 ? this.types.push(key) - 1 : found);
    return this.#module.functions + this.functions.push({ type, body }) - 1;
  }
}
