import { type HostFunction, type HostInterface, type HostResource, Suspending } from '../component/api.ts';
import {
  type HostFunction as ExtensionFunction,
  type HostResource as ExtensionResource,
  type GuestImports,
  Remote,
  Waiting,
} from '../engine/extension.ts';
import type { CallSlot } from './guest-call.ts';

/** Who offers an interface, and its number: the slot keeps views by number. */
export interface Offering {
  readonly index: number;
  readonly extension: string;
}

/**
 * An extension's interfaces as the linker wants them: it hands out the instance's slot, extensions get their
 * own view of the call. A remote function becomes a suspending one.
 */
export function hostInterfaces(
  imports: GuestImports,
  by: Offering,
): readonly (readonly [name: string, functions: HostInterface])[] {
  return Object.entries(imports).map(([name, functions]) => [
    name,
    Object.fromEntries(Object.entries(functions).map(([key, value]) => [key, hostValue(value, by)])),
  ]);
}

function hostValue(
  value: ExtensionFunction | ExtensionResource | Remote | Waiting,
  by: Offering,
): HostFunction | HostResource | Suspending {
  if (value instanceof Remote) {
    const { method } = value;
    return new Suspending((slot, ...args) => (slot as CallSlot).ask(by.extension, method, args));
  }
  if (value instanceof Waiting) {
    const { run } = value as { readonly run: (...args: unknown[]) => unknown };
    return new Suspending((slot: CallSlot, ...args) =>
      waited(slot, run(slot.view(by.index, by.extension), ...args)),
    );
  }
  return isClass(value) ? viewedClass(value, by) : viewed(value as ExtensionFunction, by);
}

/** A method that waits: `this` is the object, whoever made it. */
function viewedWaiting({ run }: Waiting, { index, extension }: Offering): Suspending {
  return new Suspending(function (this: unknown, slot: CallSlot, ...args) {
    return waited(slot, Reflect.apply(run, this, [slot.view(index, extension), ...args]));
  });
}

/** Nobody need hear that a guest goes on which had nothing to wait for. */
function waited(slot: CallSlot, answer: unknown): unknown {
  const fair = answer instanceof Promise ? answer : slot.fair(answer);
  return fair instanceof Promise ? slot.waited(fair) : fair;
}

/** `class` is the only form of a host resource; a function declaration is a host function. */
function isClass(value: ExtensionFunction | ExtensionResource): value is ExtensionResource {
  const prototype = Object.getOwnPropertyDescriptor(value, 'prototype');
  return prototype !== undefined && prototype.writable === false;
}

function viewed(run: ExtensionFunction, { index, extension }: Offering): HostFunction<CallSlot> {
  return (slot, ...args) => run(slot.view(index, extension), ...args);
}

/**
 * The same resource, whose constructor, methods and statics turn the slot into the extension's view. Objects that
 * the extension makes itself, of its own class, count as instances.
 */
function viewedClass(original: ExtensionResource, by: Offering): HostResource {
  const { index, extension } = by;
  // A class may have any constructor; this one only passes on what it gets.
  const base = original as unknown as new (...args: unknown[]) => object;
  const wrapped = class extends base {
    constructor(...[slot, ...rest]: unknown[]) {
      super((slot as CallSlot).view(index, extension), ...rest);
    }
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof original;
    }
  };
  const over = (from: object, onto: object): void => {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      if (value instanceof Waiting) Object.defineProperty(onto, key, { value: viewedWaiting(value, by) });
      if (typeof value !== 'function' || key === 'constructor') continue;
      Object.defineProperty(onto, key, {
        value(this: unknown, slot: CallSlot, ...rest: unknown[]) {
          return Reflect.apply(value, this, [slot.view(index, extension), ...rest]);
        },
      });
    }
  };
  over(original.prototype, wrapped.prototype);
  over(original, wrapped);
  return wrapped;
}
