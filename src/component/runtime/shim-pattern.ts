/**
 * Recognises the two helper modules that wit-component puts into every component whose imports need the memory
 * of the module that imports them: a shim of functions that each call one slot of a table, and a fixup that
 * fills the table. The modules were compiled before, so their bytes are known to be valid.
 *
 * @module
 */

/** Functions that only pass their parameters on to a slot of the module's table. */
export interface Shim {
  /** Name under which the table is exported. */
  readonly table: string;
  /** Slot of each exported function. */
  readonly slots: ReadonlyMap<string, number>;
}

/** An import of a core module. */
export interface ImportName {
  readonly module: string;
  readonly name: string;
}

/** Fills an imported table with imported functions from slot 0 on, and does nothing else. */
export interface Fixup {
  readonly table: ImportName;
  readonly slots: readonly ImportName[];
}

const SHIM_SECTIONS: ReadonlySet<number> = new Set([1, 3, 4, 7, 10]);
const FIXUP_SECTIONS: ReadonlySet<number> = new Set([1, 2, 9]);

/** Thrown at the first byte that is not part of the pattern. */
class NoMatch extends Error {}

/** The shim that these bytes are, if they are one. */
export function readShim(bytes: Uint8Array): Shim | undefined {
  return matching(() => {
    const sections = sectionsOf(bytes, SHIM_SECTIONS);
    const arities = need(sections.get(1)).list((cursor) => cursor.functionArity());
    const types = need(sections.get(3)).list((cursor) => cursor.u32());
    need(need(sections.get(4)).u32() === 1);
    const targets = need(sections.get(10)).list((cursor, index) => {
      const type = types[index] ?? -1;
      return cursor.forwarder(type, arities[type] ?? -1);
    });
    const slots = new Map<string, number>();
    const tables: string[] = [];
    const exported = need(sections.get(7));
    exported.list((cursor) => {
      const name = cursor.name();
      const kind = cursor.u8();
      const target = targets[cursor.u32()];
      if (kind === 1) tables.push(name);
      else slots.set(name, need(kind === 0 ? target : undefined));
    });
    need(tables.length === 1);
    return { table: need(tables[0]), slots };
  });
}

/** The fixup that these bytes are, if they are one. */
export function readFixup(bytes: Uint8Array): Fixup | undefined {
  return matching(() => {
    const sections = sectionsOf(bytes, FIXUP_SECTIONS);
    const functions: ImportName[] = [];
    const tables: ImportName[] = [];
    const imported = need(sections.get(2));
    imported.list((cursor) => {
      const found = { module: cursor.name(), name: cursor.name() };
      (cursor.importedKind() === 'function' ? functions : tables).push(found);
    });
    need(tables.length === 1);
    const elements = need(sections.get(9));
    // One active segment of plain indices at `i32.const 0`.
    need([1, 0, 0x41, 0, 0x0b].every((byte) => elements.u8() === byte));
    const slots = elements.list((cursor) => need(functions[cursor.u32()]));
    return { table: need(tables[0]), slots };
  });
}

function matching<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoMatch) return undefined;
    throw error;
  }
}

function need<T>(value: T | undefined | false): T {
  if (value === undefined || value === false) throw new NoMatch();
  return value;
}

/** Sections by id; custom ones are passed over, one outside of `allowed` ends the match. */
function sectionsOf(bytes: Uint8Array, allowed: ReadonlySet<number>): Map<number, Cursor> {
  const found = new Map<number, Cursor>();
  const cursor = new Cursor(bytes, 8, bytes.length);
  while (!cursor.done) {
    const id = cursor.u8();
    const section = cursor.window(cursor.u32());
    if (id !== 0) found.set(need(allowed.has(id) && id), section);
  }
  return found;
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  u8(): number {
    return need(this.#at < this.#end ? this.#bytes[this.#at++] : undefined);
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new NoMatch();
  }

  window(length: number): Cursor {
    const start = this.#at;
    this.#at += length;
    return new Cursor(this.#bytes, start, Math.min(this.#at, this.#end));
  }

  name(): string {
    const length = this.u32();
    const start = this.#at;
    this.#at += length;
    return new TextDecoder().decode(this.#bytes.subarray(start, this.#at));
  }

  list<T>(read: (cursor: Cursor, index: number) => T): T[] {
    const items: T[] = [];
    for (let left = this.u32(); left > 0; left--) items.push(read(this, items.length));
    return items;
  }

  /** Passes over a function type of one-byte value types and answers how many parameters it has. */
  functionArity(): number {
    need(this.u8() === 0x60);
    const [params] = [this.list(plain), this.list(plain)];
    return params.length;
  }

  importedKind(): 'function' | 'table' {
    if (this.u8() === 0) {
      this.u32();
      return 'function';
    }
    need(plain(this) === 0x70);
    const flags = this.u8();
    need(flags <= 1);
    for (let left = flags; left >= 0; left--) this.u32();
    return 'table';
  }

  /** A body that passes all parameters to `call_indirect` of its own type; answers the slot. */
  forwarder(type: number, arity: number): number {
    const body = this.window(this.u32());
    need(body.u8() === 0 && arity >= 0);
    for (let param = 0; param < arity; param++) need(body.u8() === 0x20 && body.u32() === param);
    need(body.u8() === 0x41);
    const slot = body.s32();
    need(body.u8() === 0x11 && body.u32() === type && body.u8() === 0 && body.u8() === 0x0b && body.done);
    return slot;
  }

  /** A signed LEB128 that must not be negative. */
  s32(): number {
    const value = this.u32();
    const last = this.#bytes[this.#at - 1] ?? 0;
    need((last & 0x40) === 0);
    return value;
  }
}

/** A number type or a plain reference type. */
function plain(cursor: Cursor): number {
  const code = cursor.u8();
  need((code >= 0x7b && code <= 0x7f) || code === 0x70 || code === 0x6f);
  return code;
}
