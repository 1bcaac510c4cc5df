/**
 * What the validation of one file shares: resources, shapes of value types, and the bounds on both.
 *
 * @module
 */
import type { Item } from '../decode/ast.ts';
import { invalid, limit } from '../decode/errors.ts';
import { type Counter, counter, limits } from '../decode/limits.ts';
import { Reader } from '../decode/reader.ts';
import type { PrimitiveKind, ValType } from '../types.ts';
import { type Shape, shapeOf } from './shape.ts';

/** Sizes of value types are less than this; see Binary.md, notes on types. */
const MAX_SIZE: number = 2 ** 28;

/**
 * A resource has one number by which it is itself and any number of aliases: exporting a resource type makes
 * an alias that has a name where the original has none.
 */
export class World {
  readonly bytes: Uint8Array;
  /** Counts every type, entity and comparison, so that shared structure cannot multiply. */
  readonly work: Counter = counter('work');
  readonly #elements: Counter = counter('elements');
  readonly #types: Counter = counter('types');
  readonly #origin: number[] = [];
  readonly #shapes = new Map<ValType, Shape>();
  readonly #primitives = new Map<PrimitiveKind, ValType>();
  readonly #originals = new Map<ValType, ValType>();
  /** Core modules of the file: where their bytes are. */
  readonly cores: Extract<Item, { kind: 'core module' }>[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Bytes `[start, end)` of the file. */
  reader(start: number, end: number): Reader {
    return new Reader(this.bytes, start, end, this.#elements);
  }

  freshResource(): number {
    this.#types();
    return this.#origin.push(this.#origin.length) - 1;
  }

  aliasResource(resource: number): number {
    this.#types();
    return this.#origin.push(this.origin(resource)) - 1;
  }

  /** The resource behind an alias. */
  origin(resource: number): number {
    return this.#origin[resource] ?? resource;
  }

  primitive(kind: PrimitiveKind): ValType {
    const known = this.#primitives.get(kind);
    if (known) return known;
    const type: ValType = { kind };
    this.#primitives.set(kind, type);
    return type;
  }

  /** Takes in a new value type, whose parts have been taken in before. */
  value<T extends ValType>(type: T, at: number): T {
    this.#types();
    this.work(width(type));
    const shape = shapeOf(type, (inner) => this.shape(inner));
    if (shape.nodes > limits.typeNodes) throw limit('typeNodes', limits.typeNodes);
    if (shape.depth > limits.typeDepth) throw limit('typeDepth', limits.typeDepth);
    if (shape.size >= MAX_SIZE) throw invalid('type exceeds maximum byte size', at);
    this.#shapes.set(type, shape);
    return type;
  }

  /** Remembers that a named type was made of another: who can name it can name the other, too. */
  copied(copy: ValType, original: ValType): void {
    this.#originals.set(copy, original);
  }

  /** What a named type was made of. */
  original(copy: ValType): ValType | undefined {
    return this.#originals.get(copy);
  }

  countType(): void {
    this.#types();
  }

  readonly shape = (type: ValType): Shape => {
    const known = this.#shapes.get(type);
    if (known) return known;
    const shape = shapeOf(type, this.shape);
    this.#shapes.set(type, shape);
    return shape;
  };
}

/** How many parts or names a type has: what one look at it costs. */
export function width(type: ValType): number {
  switch (type.kind) {
    case 'record':
      return type.fields.length;
    case 'variant':
      return type.cases.length;
    case 'enum':
    case 'flags':
      return type.names.length;
    case 'tuple':
      return type.elements.length;
    default:
      return 1;
  }
}
