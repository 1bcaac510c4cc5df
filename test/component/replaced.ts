/**
 * A guest half that takes the place of another one, `?guest=<URL>`: every host function is the real one until the
 * switch names it.
 *
 * @module
 */

import { installedWit } from '../../src/cli/wit.ts';
import {
  type Call,
  type GuestHalf,
  type GuestImports,
  type HostFunction,
  Remote,
  Waiting,
  waiting,
} from '../../src/engine/extension.ts';
import { readWit } from '../../src/lib/wit/read.ts';
import { zeroOf } from '../wit-zero.ts';
import { type Row, rowsOf } from './rows.ts';
import { chosen } from './switch.ts';

const original = new URL(import.meta.url).searchParams.get('guest') ?? '';
const { guest: real } = (await import(original)) as { readonly guest: GuestHalf };
const wit = readWit(await installedWit());
const rows = rowsOf(wit);

export const guest: GuestHalf = { imports: () => replaced(real.imports()) };

/** Functions are wrapped; methods too, in the class itself, which is this call's own. */
function replaced(imports: GuestImports): GuestImports {
  return Object.fromEntries(
    Object.entries(imports).map(([id, functions]) => {
      const own: Record<string, GuestImports[string][string]> = { ...functions };
      for (const row of rows.filter(({ face }) => face.id === id)) {
        if (row.kind === 'function')
          own[row.key] = wrapped(row, own[row.key] as HostFunction, () => undefined);
        else if (row.resource !== undefined) own[row.resource] = withMember(row, own[row.resource] as Class);
      }
      return [id, own];
    }),
  );
}

type Class = abstract new (...args: any[]) => object;

function withMember(row: Row, type: Class): Class {
  const empty = (): object => Object.create(type.prototype);
  if (row.kind === 'constructor') {
    const base = heirOf(type) as unknown as new (...args: unknown[]) => object;
    return class extends base {
      constructor(...args: unknown[]) {
        if (isChosen(row) && chosen.by === 'trap') throw new Error(`Replaced ${row.id}`);
        super(...args);
        // An object of the right class without anything in it.
        if (isChosen(row)) Object.setPrototypeOf(this, Object.create(type.prototype, blanks(type)));
      }
    };
  }
  const ownerIn = (of: Class) => (row.kind === 'static' ? of : of.prototype) as Record<string, HostFunction>;
  const value = wrapped(row, ownerIn(type)[row.key] as HostFunction, empty);
  // What waits is looked up in the class, everything else in the object, which may be one of the original class.
  const heir = value instanceof Waiting ? heirOf(type) : type;
  for (const of of value instanceof Waiting ? [heir] : [type, origins.get(type) ?? type])
    Object.defineProperty(ownerIn(of), row.key, { value, configurable: true });
  return heir;
}

/** Heirs and their originals. */
const origins = new WeakMap<Class, Class>();

/** A class with the same members, which can be replaced; objects of the first one count as its own. */
function heirOf(type: Class): Class {
  const base = type as unknown as new (...args: unknown[]) => object;
  const heir = class extends base {
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof type;
    }
  };
  for (const [from, onto] of [[type.prototype, heir.prototype] as const, [type, heir] as const]) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      if (['constructor', 'prototype', 'length'].includes(key)) continue;
      Object.defineProperty(onto, key, { value, configurable: true });
    }
  }
  origins.set(heir, origins.get(type) ?? type);
  return heir;
}

/** Methods that answer the zeros of their types. */
function blanks(type: Class): PropertyDescriptorMap {
  const methods = rows.filter(({ kind, resource }) => kind === 'method' && resource === type.name);
  const value = (row: Row) => () =>
    zeroOf(row.fn.result, row.face, { wit, make: () => Object.create(type.prototype) });
  return Object.fromEntries(methods.map((row) => [row.key, { value: value(row) }]));
}

function wrapped(
  row: Row,
  run: HostFunction | Remote | Waiting,
  empty: () => unknown,
): HostFunction | Waiting {
  const instead = (): unknown => {
    if (chosen.by === 'trap') throw new Error(`Replaced ${row.id}`);
    return zeroOf(row.fn.result, row.face, { wit, make: empty });
  };
  if (run instanceof Remote || run instanceof Waiting) {
    return waiting(async function (this: unknown, call: Call, ...args: unknown[]) {
      if (isChosen(row)) return instead();
      if (run instanceof Remote) return call.remote(run.method, ...args);
      return Reflect.apply(run.run, this, [call, ...args]);
    } as Waiting['run']);
  }
  return function (this: unknown, call: Call, ...args: unknown[]) {
    return isChosen(row) ? instead() : Reflect.apply(run, this, [call, ...args]);
  };
}

function isChosen({ id }: Row): boolean {
  if (chosen.id !== id) return false;
  chosen.called = true;
  return true;
}
