/**
 * Reads all code once.
 *
 * @module
 */
import type { Reader } from './binary.ts';
import type { Code } from './code.ts';
import { unsupported } from './errors.ts';
import { type Body, event, lengthOf, Tape } from './events.ts';
import { catchLabels, skipShape, unknownOpcode } from './immediates.ts';
import { entries, type Module, section } from './module.ts';
import { PLAIN, PREFIXED, role, shape } from './opcodes.ts';
import { skipBlockType, skipHeapType, skipValueType } from './types.ts';

/** What slow instructions cost, in units of a plain one. */
const PRICE = { throw: 2_000, memoryGrow: 500, tableGrow: 500, tableSet: 300 } as const;

/** Reads the code of a module that V8 finds valid. Throws `CORE_UNSUPPORTED` for an instruction that is not known. */
export function scanCode(module: Module): Code {
  const span = module.sections.get(section.code);
  const scan = new Scan(module, span === undefined ? 0 : (span.end - span.start) * 2);
  entries(module, section.code, (r) => scan.function(r));
  return scan;
}

class Scan implements Code {
  readonly tape: Tape;
  readonly bodies: Body[] = [];
  readonly setGlobals: Set<number> = new Set();
  readonly setTables: Set<number> = new Set();
  readonly sized: Set<number> = new Set();
  readonly grown: Set<number> = new Set();
  readonly escaping: Set<number> = new Set();
  readonly dropping: Set<number> = new Set();
  readonly lengths: Set<number> = new Set();
  growsTables = false;
  writesObjects = false;
  callsStart = false;
  priced = false;
  readonly #module: Module;
  /** Of the function at hand: work so far, whether calls in it are bounded, whether there are loops. */
  #work = 0;
  #bounded = true;
  #loops = false;

  constructor(module: Module, capacity: number) {
    this.#module = module;
    this.tape = new Tape(capacity);
  }

  function(r: Reader): void {
    const size = r.unsigned();
    const start = r.at;
    const end = start + size;
    let locals = 0;
    for (let groups = r.unsigned(); groups > 0; groups--) {
      locals += r.unsigned();
      skipValueType(r);
    }
    const first = r.at;
    const from = this.tape.length;
    this.#work = 0;
    this.#bounded = true;
    this.#loops = false;
    this.#instructions(r, end);
    if (r.at !== end) throw unsupported('One of its functions has a form that is not known', start);
    const work = this.#bounded ? this.#work : Number.POSITIVE_INFINITY;
    this.bodies.push({ start, locals, first, end, from, to: this.tape.length, work, loops: this.#loops });
  }

  #instructions(r: Reader, end: number): void {
    const { shapes, roles } = PLAIN;
    const { bytes } = r;
    while (r.at < end) {
      const from = r.at;
      const code = bytes[from] as number;
      const means = roles[code] as number;
      r.at = from + 1;
      if (means !== role.plain) {
        this.#act(r, means, from);
        continue;
      }
      this.#work += 1;
      const form = shapes[code] as number;
      if (form === shape.unknown) this.#prefixed(r, code, from);
      else if (form === shape.leb) r.skipLeb();
      else if (form !== shape.none) skipShape(r, form);
    }
  }

  #act(r: Reader, means: number, from: number): void {
    if (means <= role.delegate) this.#structure(r, means, from);
    else if (means <= role.throw) this.#leave(r, means, from);
    else if (means <= role.refFunc) this.#call(r, means, from);
    else this.#access(r, means, from);
  }

  #note(kind: number, value: number, from: number, to: number): void {
    if (kind >= event.length) this.priced = true;
    this.tape.add(kind, value, this.#work, from, to);
  }

  /** Instructions that open and close labels are no work. */
  #structure(r: Reader, means: number, from: number): void {
    switch (means) {
      case role.loop:
        this.#loops = true;
        skipBlockType(r);
        this.#note(event.loop, 0, from, r.at);
        return;
      case role.if:
        this.#work += 1;
        skipBlockType(r);
        this.#note(event.if, 0, from, r.at);
        return;
      case role.else:
        this.#note(event.else, 0, from, r.at);
        return;
      case role.end:
        this.#note(event.end, 0, from, r.at);
        return;
      case role.catch:
        if (r.bytes[from] === 0x07) r.skipLeb();
        this.#note(event.catch, 0, from, r.at);
        return;
      case role.delegate:
        r.skipLeb();
        this.#note(event.end, 0, from, r.at);
        return;
      case role.tryTable:
        skipBlockType(r);
        catchLabels(r, (label) => this.#note(event.catchLabel, label, from, r.at));
        this.#note(event.block, 0, from, r.at);
        return;
      default:
        skipBlockType(r);
        this.#note(event.block, 0, from, r.at);
    }
  }

  #leave(r: Reader, means: number, from: number): void {
    this.#work += 1;
    switch (means) {
      case role.branch: {
        const label = r.unsigned();
        this.#note(event.branch, label, from, r.at);
        return;
      }
      case role.branchIf: {
        const label = this.#branchLabel(r, from);
        this.#note(event.branchIf, label, from, r.at);
        return;
      }
      case role.branchTable:
        for (let left = r.unsigned(); left >= 0; left--)
          this.#note(event.branchTable, r.unsigned(), from, r.at);
        break;
      case role.throw:
        if (r.bytes[from] !== 0x0a) r.skipLeb();
        this.#note(event.price, PRICE.throw, from, r.at);
        break;
      default:
    }
    this.#note(event.stop, 0, from, r.at);
  }

  /** The label of `br_if`, `br_on_null`, `br_on_cast`, …; the number after a prefix was read. */
  #branchLabel(r: Reader, from: number): number {
    if (r.bytes[from] !== 0xfb) return r.unsigned();
    r.skip(1);
    const label = r.unsigned();
    skipHeapType(r);
    skipHeapType(r);
    return label;
  }

  #call(r: Reader, means: number, from: number): void {
    this.#work += 1;
    switch (means) {
      case role.call:
      case role.returnCall: {
        const index = r.unsigned();
        if (index === this.#module.start) this.callsStart = true;
        this.#note(event.call, index, from, r.at);
        if (means === role.returnCall) this.#note(event.stop, 0, from, r.at);
        return;
      }
      case role.refFunc:
        this.escaping.add(r.unsigned());
        return;
      default:
        this.#bounded = false;
        skipShape(r, PLAIN.shapes[r.bytes[from] as number] as number);
        this.#note(event.indirect, 0, from, r.at);
        if (means === role.returnCallIndirect) this.#note(event.stop, 0, from, r.at);
    }
  }

  #access(r: Reader, means: number, from: number): void {
    this.#work += 1;
    const index = r.unsigned();
    switch (means) {
      case role.globalSet:
        this.setGlobals.add(index);
        this.#note(event.global, index, from + 1, r.at);
        return;
      case role.globalGet:
        this.#note(event.global, index, from + 1, r.at);
        return;
      case role.tableSet:
        this.setTables.add(index);
        this.#note(event.price, PRICE.tableSet, from, r.at);
        return;
      case role.memorySize:
        this.sized.add(index);
        this.#note(event.size, index, from, r.at);
        return;
      default:
        this.sized.add(index);
        this.grown.add(index);
        this.#note(event.price, PRICE.memoryGrow, from, r.at);
        this.#note(event.grow, index, from, r.at);
    }
  }

  #prefixed(r: Reader, first: number, from: number): void {
    const table = PREFIXED[first];
    if (table === undefined) throw unknownOpcode(first, undefined, from);
    const number = r.unsigned();
    const form = table.shapes[number] ?? shape.unknown;
    if (form === shape.unknown) throw unknownOpcode(first, number, from);
    const means = table.roles[number] as number;
    if (means === role.branchIf) {
      this.#work -= 1;
      this.#leave(r, means, from);
    } else if (means >= role.dataDrop) this.#mutate(r, means, form, from);
    else if (means !== role.plain) this.#memoryBulk(r, means, from);
    else skipShape(r, form);
  }

  /** Bulk instructions on memories: the length is the last operand. */
  #memoryBulk(r: Reader, means: number, from: number): void {
    const { memories } = this.#module;
    const first = r.unsigned();
    const second = means === role.memoryFill ? first : r.unsigned();
    // What `memory.init` names first is a segment.
    const used = means === role.memoryInit ? [second] : [first, second];
    for (const index of used) this.sized.add(index);
    const wide = means !== role.memoryInit && used.every((index) => memories[index]?.wide === true);
    this.#length(r, lengthOf.bytes, wide, from);
  }

  #length(r: Reader, kind: number, wide: boolean, from: number): void {
    const value = kind + (wide ? lengthOf.wide : 0);
    this.lengths.add(value);
    this.#note(event.length, value, from, r.at);
  }

  /** What reset must know of besides memories and globals. */
  #mutate(r: Reader, means: number, form: number, from: number): void {
    switch (means) {
      case role.dataDrop:
      case role.elemDrop:
        r.skipLeb();
        this.dropping.add(this.#module.importedFunctions + this.bodies.length);
        return;
      case role.objectWrite:
        skipShape(r, form);
        this.writesObjects = true;
        return;
      case role.objectBulk:
      case role.arrayNew:
        this.writesObjects ||= means === role.objectBulk;
        skipShape(r, form);
        this.#length(r, lengthOf.elements, false, from);
        return;
      case role.wait:
        throw unsupported('It waits on shared memory, which no limit can end', from);
      default:
        this.#tableBulk(r, means, from);
    }
  }

  #tableBulk(r: Reader, means: number, from: number): void {
    const { tables } = this.#module;
    const first = r.unsigned();
    let target = first;
    let wide = tables[first]?.wide === true;
    if (means === role.tableInit) {
      target = r.unsigned();
      wide = false;
    } else if (means === role.tableCopy) wide = tables[r.unsigned()]?.wide === true && wide;
    this.setTables.add(target);
    if (means === role.tableGrow) {
      this.growsTables = true;
      this.#note(event.price, PRICE.tableGrow, from, r.at);
    }
    this.#length(r, lengthOf.entries, wide, from);
  }
}
