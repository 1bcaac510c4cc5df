/**
 * Putting actual types in the place of imported and fresh ones, and comparing types on the way.
 * Specification: Explainer.md, "Type Checking"; Binary.md, notes on `instantiate`.
 *
 * @module
 */
import type { FuncType, ValType } from '../types.ts';
import {
  type ComponentType,
  type Entity,
  type InstanceType,
  mapChildren,
  mapFunc,
  type TypeEntry,
} from './entities.ts';
import { type World, width } from './world.ts';

/** Making something weighs more than looking at it: it has to be collected, too. */
const COPY = 10;

/** What stands for what while one component or instance type is opened. */
export class Substitution {
  readonly world: World;
  /** Resources that this substitution replaces: given ones, and fresh ones for the rest. */
  readonly bound: ReadonlySet<number>;
  readonly #fresh: () => number;
  readonly #given = new Map<number, number>();
  readonly #aliases = new Map<number, number>();
  // What is shared stays shared: without these, a type that is used twice at each level would be walked 2^n times.
  readonly #values = new Map<ValType, ValType>();
  readonly #instances = new Map<InstanceType, InstanceType>();
  readonly #components = new Map<ComponentType, ComponentType>();

  constructor(world: World, bound: ReadonlySet<number>, fresh: () => number) {
    this.world = world;
    this.bound = bound;
    this.#fresh = fresh;
    world.work(COPY);
  }

  /** Whether this resource still waits for an actual one. */
  open(resource: number): boolean {
    const origin = this.world.origin(resource);
    return this.bound.has(origin) && !this.#given.has(origin);
  }

  give(expected: number, actual: number): void {
    this.#given.set(this.world.origin(expected), this.world.origin(actual));
    this.#aliases.set(expected, actual);
  }

  /** Remembers that uses of `expected` speak of `actual`, which equals it but has its own name. */
  same(expected: ValType, actual: ValType): void {
    this.#values.set(expected, actual);
  }

  sameResource(expected: number, actual: number): void {
    this.#aliases.set(expected, actual);
  }

  /** The origin of what stands for a resource, without opening it. */
  origin(resource: number): number {
    const origin = this.world.origin(resource);
    return this.#given.get(origin) ?? origin;
  }

  resource(resource: number): number {
    const known = this.#aliases.get(resource);
    if (known !== undefined) return known;
    const origin = this.world.origin(resource);
    if (!this.bound.has(origin)) return resource;
    let given = this.#given.get(origin);
    if (given === undefined) {
      given = this.#fresh();
      this.#given.set(origin, given);
    }
    const alias = resource === origin ? given : this.world.aliasResource(given);
    this.#aliases.set(resource, alias);
    return alias;
  }

  readonly value = (type: ValType): ValType => {
    const known = this.#values.get(type);
    if (known) return known;
    this.world.work(width(type));
    const made = this.#makeNamed(type, this.#makeValue(type));
    this.#values.set(type, made);
    return made;
  };

  /** A named type stays a copy of what stands for its original now. */
  #makeNamed(type: ValType, made: ValType): ValType {
    const original = this.world.original(type);
    if (original === undefined) return made;
    const other = this.value(original);
    if (made === type && other === original) return made;
    const copy = made === type ? this.world.value({ ...type }, 0) : made;
    this.world.copied(copy, other);
    return copy;
  }

  #makeValue(type: ValType): ValType {
    if (type.kind === 'own' || type.kind === 'borrow') {
      const resource = this.resource(type.resource);
      return resource === type.resource ? type : this.world.value({ kind: type.kind, resource }, 0);
    }
    let changed = false;
    const made = mapChildren(type, (inner) => {
      const other = this.value(inner);
      if (other !== inner) changed = true;
      return other;
    });
    return changed ? this.world.value(made, 0) : type;
  }

  func(type: FuncType): FuncType {
    this.world.work(type.params.length + 1);
    return mapFunc(type, this.value);
  }

  entry(entry: TypeEntry): TypeEntry {
    switch (entry.kind) {
      case 'value':
        return { kind: 'value', type: this.value(entry.type) };
      case 'resource':
        return { kind: 'resource', resource: this.resource(entry.resource) };
      case 'func':
        return { kind: 'func', type: this.func(entry.type) };
      case 'instance':
        return { kind: 'instance', type: this.instance(entry.type) };
      case 'component':
        return { kind: 'component', type: this.component(entry.type) };
    }
  }

  entity(entity: Entity): Entity {
    this.world.work(COPY);
    switch (entity.sort) {
      case 'func':
        return { sort: 'func', type: this.func(entity.type) };
      case 'type':
        return { sort: 'type', type: this.entry(entity.type) };
      case 'instance':
        return { sort: 'instance', type: this.instance(entity.type) };
      case 'component':
        return { sort: 'component', type: this.component(entity.type) };
      case 'core module':
        return entity;
    }
  }

  instance(type: InstanceType): InstanceType {
    const known = this.#instances.get(type);
    if (known) return known;
    const made = { ...type, exports: this.entities(type.exports) };
    this.#instances.set(type, made);
    return made;
  }

  component(type: ComponentType): ComponentType {
    const known = this.#components.get(type);
    if (known) return known;
    const made = { ...type, imports: this.entities(type.imports), exports: this.entities(type.exports) };
    this.#components.set(type, made);
    return made;
  }

  entities(all: ReadonlyMap<string, Entity>): ReadonlyMap<string, Entity> {
    const made = new Map<string, Entity>();
    for (const [name, entity] of all) made.set(name, this.entity(entity));
    return made;
  }
}

/** The exports of a declared instance type with fresh resources for those it declares. */
export function openInstance(world: World, type: InstanceType, fresh: () => number): InstanceType {
  if (type.bound.size === 0) return type;
  const substitution = new Substitution(world, type.bound, fresh);
  return { ...type, exports: substitution.entities(type.exports), bound: new Set() };
}
