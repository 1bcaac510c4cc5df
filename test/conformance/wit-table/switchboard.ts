/**
 * Host functions that can be replaced one at a time, while guests are linked: by one that traps, or by one that
 * answers the zero of its type.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { type Call, type GuestImports, Waiting, waiting } from '../../../src/engine/extension.ts';
import { failures } from '../../../src/lib/errors.ts';
import type { Wit, WitFunction, WitInterface } from '../../../src/lib/wit/model.ts';
import { camel } from '../../../src/lib/wit/names.ts';
import { membersOf } from '../../../src/lib/wit/read.ts';
import { zeroOf } from '../../wit-zero.ts';

const fail = failures({
  REPLACED: { blame: 'guest', text: 'The host function is replaced by one that traps' },
});

export type Mode = 'as it is' | 'trap' | 'zero';

/** A function of the WIT, by the name that a table gives it. */
export interface Listed {
  /** `wasi:io/poll#poll`, `wasi:io/poll#pollable.ready`; without versions. */
  readonly name: string;
  readonly face: WitInterface;
  readonly fn: WitFunction;
  readonly resource: string | undefined;
}

export interface Switchboard {
  readonly imports: GuestImports;
  /** Replaces the function of this name, and puts back the one that was replaced before. */
  turn(name: string, mode: Mode): void;
}

/** Every function of these packages, those of resources included. */
export function listFunctions(wit: Wit, packages: RegExp): readonly Listed[] {
  const listed: Listed[] = [];
  for (const face of wit.interfaces.values()) {
    if (!packages.test(face.id)) continue;
    const base = face.id.replace(/@.*$/, '');
    for (const { kind, resource, fn } of membersOf(face)) {
      assert.ok(kind === 'function' || kind === 'method', 'not met so far');
      const name = resource === undefined ? fn.name : `${resource}.${fn.name}`;
      listed.push({ name: `${base}#${name}`, face, fn, resource });
    }
  }
  return listed;
}

/** Makes an object of a resource that does as little as it can; by `interface#resource`. */
export type ZeroObjects = Readonly<Record<string, (call: Call) => object>>;

/**
 * Puts a switch before every listed function of `imports`; `objects` makes the zeroes of resources. Methods are
 * switched on the prototypes of their classes, for the whole of this process.
 */
export function createSwitchboard(
  imports: GuestImports,
  {
    wit,
    listed,
    objects,
  }: { readonly wit: Wit; readonly listed: readonly Listed[]; readonly objects: ZeroObjects },
): Switchboard {
  let turned: { readonly name: string; readonly mode: Mode } | undefined;
  const replaced: Record<string, Record<string, GuestImports[string][string]>> = {};
  for (const [face, functions] of Object.entries(imports)) replaced[face] = { ...functions };

  /** Undefined when the function is as it is. */
  const instead = ({ name, face, fn }: Listed) => {
    if (turned?.name !== name || turned.mode === 'as it is') return undefined;
    const { mode } = turned;
    return (call: Call): unknown => {
      if (mode === 'trap') throw fail('REPLACED', { name });
      const make = (resource: string): object =>
        objects[resource]?.(call) ?? assert.fail(`There is no zero for ${resource}`);
      return zeroOf(fn.result, face, { wit, make });
    };
  };

  /** The same function behind its switch. */
  const switched = (one: Listed, original: unknown): unknown => {
    if (original instanceof Waiting) {
      const run = original.run as (...args: unknown[]) => Promise<unknown>;
      return waiting(async function (this: unknown, call: Call, ...args) {
        const other = instead(one);
        return other ? other(call) : Reflect.apply(run, this, [call, ...args]);
      });
    }
    assert.equal(typeof original, 'function', one.name);
    return function (this: unknown, call: Call, ...args: unknown[]): unknown {
      const other = instead(one);
      return other ? other(call) : Reflect.apply(original as Call['remote'], this, [call, ...args]);
    };
  };

  for (const one of listed) {
    const { id } = one.face;
    const sameTrack = (other: string): boolean => other.replace(/\d+$/, '') === id.replace(/\d+$/, '');
    const found = id in replaced ? id : Object.keys(replaced).find(sameTrack);
    const functions = found === undefined ? undefined : replaced[found];
    assert.ok(functions, `nobody offers ${one.face.id}`);
    const key = camel(one.fn.name);
    if (one.resource === undefined)
      functions[key] = switched(one, functions[key]) as (typeof functions)[string];
    else {
      const name = camel(one.resource);
      const { prototype } = functions[name.charAt(0).toUpperCase() + name.slice(1)] as {
        readonly prototype: object;
      };
      Object.defineProperty(prototype, key, {
        value: switched(one, Reflect.get(prototype, key)),
        configurable: true,
      });
    }
  }
  return {
    imports: replaced,
    turn: (name, mode) => {
      turned = { name, mode };
    },
  };
}
