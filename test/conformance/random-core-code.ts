/**
 * The functions of random core modules: trees of expressions. Loops count, functions call only those before them, and
 * an address is inside of its memory's virtual size or outside of all that can be.
 *
 * @module
 */
import {
  type CoreFunction,
  type CoreSpace,
  type CoreType,
  coreTypes,
  pick,
  type Random,
} from './random-core.ts';

/** Every function of the space, as text. */
export function randomBodies(random: Random, space: CoreSpace): string[] {
  return space.functions.map((one, index) => new Body(random, { space, one, index }).text());
}

const BINARY: Readonly<Record<CoreType, readonly string[]>> = {
  i32: ['add', 'sub', 'mul', 'and', 'xor', 'shl', 'shr_u', 'rotl', 'div_s', 'rem_u'],
  i64: ['add', 'sub', 'mul', 'or', 'xor', 'shr_s', 'rotr', 'div_u', 'rem_s'],
  f32: ['add', 'sub', 'mul', 'min', 'copysign'],
  f64: ['add', 'sub', 'mul', 'max', 'div'],
};

/** From `i32`; none of them traps. */
const CONVERT: Readonly<Record<CoreType, string>> = {
  i32: 'i32.clz',
  i64: 'i64.extend_i32_s',
  f32: 'f32.convert_i32_u',
  f64: 'f64.convert_i32_s',
};

/** To `i32`. */
const NARROW: Readonly<Record<CoreType, string>> = {
  i32: 'i32.ctz',
  i64: 'i32.wrap_i64',
  f32: 'i32.trunc_sat_f32_s',
  f64: 'i32.trunc_sat_f64_u',
};

interface Place {
  readonly space: CoreSpace;
  readonly one: CoreFunction;
  readonly index: number;
}

class Body {
  readonly #random: Random;
  readonly #space: CoreSpace;
  readonly #one: CoreFunction;
  readonly #index: number;
  /** After the parameters: one local of each type, then counters of loops. */
  readonly #types: readonly CoreType[];
  #counters = 0;
  #loops = 0;

  constructor(random: Random, { space, one, index }: Place) {
    this.#random = random;
    this.#space = space;
    this.#one = one;
    this.#index = index;
    this.#types = [...one.params, ...coreTypes];
  }

  text(): string {
    const { name, params, result } = this.#one;
    const statements = this.#statements(3);
    const value = result === undefined ? '' : this.#expression(result, 3);
    const counters = ' i32'.repeat(this.#counters);
    const signature = `(param ${params.join(' ')}) ${result === undefined ? '' : `(result ${result})`}`;
    return `(func $${name} (export "${name}") ${signature} (local ${coreTypes.join(' ')}${counters})
  ${statements}
  ${value})`;
  }

  #statements(depth: number): string {
    return Array.from({ length: 1 + this.#random(4) }, () => this.#statement(depth)).join('\n  ');
  }

  #statement(depth: number): string {
    const { globals, memories, tables } = this.#space;
    const kind = this.#random(depth > 0 ? 14 : 8);
    if (kind < 2) return this.#setLocal();
    if (kind < 4 && globals.length > 0) return this.#setGlobal();
    if (kind < 6 && memories.length > 0) return this.#memoryStatement();
    if (kind < 7 && tables.length > 0) return this.#tableStatement();
    if (kind < 8) return this.#call() ?? this.#setLocal();
    if (kind < 10) {
      const otherwise = this.#random(2) ? `(else ${this.#statements(depth - 1)})` : '';
      return `(if ${this.#expression('i32', 2)} (then ${this.#statements(depth - 1)}) ${otherwise})`;
    }
    if (kind < 11) return this.#loop(depth);
    if (kind < 12) return this.#branches(depth);
    if (kind < 13 && this.#index > 0 && this.#random(8) === 0)
      return `(if (i32.eq (i32.const ${this.#random(9)}) ${this.#masked(15)}) (then (unreachable)))`;
    return `(drop ${this.#expression(pick(this.#random, coreTypes), 3)})`;
  }

  #setLocal(): string {
    const local = this.#random(this.#types.length);
    return `(local.set ${local} ${this.#expression(this.#types[local] as CoreType, 3)})`;
  }

  #setGlobal(): string {
    const global = this.#random(this.#space.globals.length);
    if (this.#space.options.obstacles && this.#random(6) === 0)
      return `(global.set $vector (i64x2.splat ${this.#expression('i64', 1)}))`;
    return `(global.set $g${global} ${this.#expression(this.#space.globals[global] as CoreType, 3)})`;
  }

  #loop(depth: number): string {
    if (this.#loops >= 2) return this.#setLocal();
    this.#loops++;
    const counter = this.#types.length + this.#counters++;
    const body = this.#statements(depth - 1);
    this.#loops--;
    const times = 2 + this.#random(5);
    return `(local.set ${counter} (i32.const 0))
  (loop $l${counter} ${body}
    (br_if $l${counter} (i32.lt_u (local.tee ${counter} (i32.add (local.get ${counter}) (i32.const 1))) (i32.const ${times}))))`;
  }

  #branches(depth: number): string {
    const inner = `(block ${this.#statements(depth - 1)}
    (br_table 0 1 0 1 ${this.#masked(7)}))`;
    return `(block ${inner}
    (br_if 0 ${this.#expression('i32', 1)})
    ${this.#statements(depth - 1)})`;
  }

  /** A call of a function before this one: never inside of a loop, but for the first. */
  #call(): string | undefined {
    if (this.#index === 0) return undefined;
    const callee = this.#space.functions[this.#loops > 0 ? 0 : this.#random(this.#index)] as CoreFunction;
    const args = callee.params.map((type) => this.#expression(type, 1)).join(' ');
    const call = `(call $${callee.name} ${args})`;
    return callee.result === undefined ? call : `(drop ${call})`;
  }

  #memoryStatement(): string {
    const memory = this.#memory();
    if (memory === undefined) return this.#setLocal();
    const m = `$m${memory}`;
    switch (this.#random(7)) {
      case 0:
      case 1: {
        const grown = this.#expression('i32', 1);
        return `(drop (memory.grow ${m} ${this.#asAddress(memory, `(i32.and ${grown} (i32.const 3))`)}))`;
      }
      case 2:
        return `(memory.fill ${m} ${this.#address(memory, 0x7000)} ${this.#expression('i32', 1)} ${this.#length(memory, 0x3ff)})`;
      case 3:
        return `(memory.copy ${m} ${m} ${this.#address(memory, 0x7000)} ${this.#address(memory, 0x7000)} ${this.#length(memory, 0xff)})`;
      case 4:
        if (this.#space.segments === 0) break;
        return this.#initMemory(memory);
      default:
    }
    const value = pick(this.#random, coreTypes);
    const narrowed = value === 'i32' && this.#random(2) ? 'i32.store8' : `${value}.store`;
    return `(${narrowed} ${m} ${this.#address(memory, 0xfff0)} ${this.#expression(value, 2)})`;
  }

  #initMemory(memory: number): string {
    const segment = this.#random(this.#space.segments);
    if (this.#space.options.obstacles && this.#random(4) === 0) return `(data.drop $d${segment})`;
    const from = `(i32.const ${this.#random(4)})`;
    return `(memory.init $m${memory} $d${segment} ${this.#address(memory, 0x7000)} ${from} (i32.const ${this.#random(7)}))`;
  }

  #tableStatement(): string {
    const table = this.#random(this.#space.tables.length);
    const entries = this.#space.tables[table] as number;
    const entry = `(i32.rem_u ${this.#expression('i32', 1)} (i32.const ${entries + (this.#index > 0 && this.#random(9) === 0 ? 1 : 0)}))`;
    const reference = this.#random(4)
      ? `(ref.func $${pick(this.#random, this.#space.functions).name})`
      : '(ref.null func)';
    switch (this.#random(5)) {
      case 0:
        return `(table.copy $t${table} $t${table} (i32.const 0) ${entry} (i32.const 1))`;
      case 1:
        if (this.#space.elements === 0) break;
        return `(table.init $t${table} $e0 ${entry} (i32.const 0) (i32.const 1))`;
      case 2:
        return `(table.fill $t${table} ${entry} ${reference} (i32.const ${this.#random(2)}))`;
      case 3:
        if (!this.#space.options.obstacles) break;
        return `(drop (table.grow $t${table} ${reference} (i32.const 1)))`;
      default:
    }
    return `(table.set $t${table} ${entry} ${reference})`;
  }

  #expression(type: CoreType, depth: number): string {
    const kind = this.#random(depth > 0 ? 12 : 3);
    if (kind === 0) return this.#constant(type);
    if (kind < 3) return this.#local(type);
    if (kind < 6) {
      const operation = pick(this.#random, BINARY[type]);
      return `(${type}.${operation} ${this.#expression(type, depth - 1)} ${this.#divisor(type, operation, depth)})`;
    }
    if (kind < 7) return `(${CONVERT[type]} ${this.#expression('i32', depth - 1)})`;
    if (kind < 8) return this.#read(type) ?? this.#local(type);
    if (kind < 9) return this.#load(type) ?? this.#constant(type);
    if (kind < 10 && type === 'i32') return this.#i32(depth);
    if (kind < 11)
      return `(select ${this.#expression(type, depth - 1)} ${this.#local(type)} ${this.#expression('i32', depth - 1)})`;
    return `(if (result ${type}) ${this.#expression('i32', depth - 1)} (then ${this.#expression(type, depth - 1)}) (else ${this.#local(type)}))`;
  }

  /** Divisors are mostly not zero; in the first function never. */
  #divisor(type: CoreType, operation: string, depth: number): string {
    const divides = /^(div|rem)_/.test(operation);
    if (!divides) return this.#expression(type, depth - 1);
    if (this.#index === 0 || this.#random(6) > 0) return `(${type}.const ${1 + this.#random(9)})`;
    return this.#expression(type, depth - 1);
  }

  #i32(depth: number): string {
    const { memories, options, tables } = this.#space;
    const kind = this.#random(5);
    if (kind === 0 && memories.length > 0) {
      const memory = this.#random(memories.length);
      const size = `(memory.size $m${memory})`;
      return memories[memory]?.wide ? `(i32.wrap_i64 ${size})` : size;
    }
    if (kind === 1 && options.imports) return `(call $host ${this.#expression('i32', depth - 1)})`;
    if (kind === 2 && tables.length > 0) return `(ref.is_null (table.get $t0 (i32.const 0)))`;
    const type = pick(this.#random, coreTypes);
    return `(${NARROW[type]} ${this.#expression(type, depth - 1)})`;
  }

  #constant(type: CoreType): string {
    const extreme = {
      i32: ['-1', '0x80000000'],
      i64: ['-1', '0x8000000000000000'],
      f32: ['inf', '-0'],
      f64: ['-inf', '0x1p-1074'],
    };
    const value = this.#random(4) ? `${this.#random(1000)}` : pick(this.#random, extreme[type]);
    return `(${type}.const ${value})`;
  }

  #local(type: CoreType): string {
    const places = this.#types.flatMap((one, index) => (one === type ? [index] : []));
    return `(local.get ${pick(this.#random, places)})`;
  }

  #read(type: CoreType): string | undefined {
    const places = this.#space.globals.flatMap((one, index) => (one === type ? [index] : []));
    return places.length === 0 ? undefined : `(global.get $g${pick(this.#random, places)})`;
  }

  #load(type: CoreType): string | undefined {
    const memory = this.#memory();
    if (memory === undefined) return undefined;
    return `(${type}.load $m${memory} ${this.#address(memory, 0xfff0)})`;
  }

  #masked(mask: number): string {
    return `(i32.and ${this.#expression('i32', 1)} (i32.const ${mask}))`;
  }

  #addressType(memory: number): 'i32' | 'i64' {
    return this.#space.memories[memory]?.wide ? 'i64' : 'i32';
  }

  #asAddress(memory: number, value: string): string {
    return this.#addressType(memory) === 'i64' ? `(i64.extend_i32_u ${value})` : value;
  }

  #length(memory: number, mask: number): string {
    return this.#asAddress(memory, this.#masked(mask));
  }

  /** In the first page, in the last one, or where no memory reaches. */
  #address(memory: number, mask: number): string {
    const offset = this.#asAddress(memory, this.#masked(mask));
    const type = this.#addressType(memory);
    const kind = this.#random(8);
    if (kind === 0 && this.#index > 0) return `(${type}.const -4096)`;
    // A memory that may be empty has a last page or, one before zero, an address that is out of bounds.
    if (kind < 4 && this.#space.memories[memory]?.minimum !== 0) return offset;
    const last = `(${type}.mul (${type}.sub (memory.size $m${memory}) (${type}.const 1)) (${type}.const 65536))`;
    return `(${type}.add ${last} ${offset})`;
  }

  /** Some memory, or none; the first function takes none that may be empty. */
  #memory(): number | undefined {
    const { memories } = this.#space;
    const usable = memories.flatMap(({ minimum }, index) => (minimum > 0 || this.#index > 0 ? [index] : []));
    return usable.length === 0 ? undefined : pick(this.#random, usable);
  }
}
