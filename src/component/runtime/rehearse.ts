/**
 * V8 compiles a function of a module when it is first called, which makes a first event slow: ten times and more.
 * So the exports of a component are called once where nobody waits for them and nobody hears them.
 *
 * @module
 */
import type { HostFunction, InstancePre } from '../api.ts';
import type { CaseType, ValType } from '../types.ts';
import type { LinkPlan } from './component.ts';
import type { Target } from './match.ts';
import { camelCase } from './names.ts';
import { isTaggedOption } from './shape.ts';

/** What all of these calls together may compute: some 20 ms. */
const FUEL = 100_000_000;

/**
 * Host functions that do nothing and answer the least value of their type; where that is a resource, the guest is
 * trapped.
 */
export function standIns(plan: LinkPlan): readonly Target[] {
  return plan.hostFunctions.map(({ type: { result } }): Target => {
    const run: HostFunction = () => {
      if (result === undefined) return undefined;
      return result.kind === 'result' ? result.ok && least(result.ok) : least(result);
    };
    return { kind: 'function', run, suspends: false };
  });
}

/** Calls every export of a component that was linked with {@link standIns}, as far as its arguments can be made up. */
export function rehearse(pre: InstancePre): void {
  let fuel = FUEL;
  for (const { name, type } of pre.component.exports) {
    if (fuel <= 0) return;
    try {
      using instance = pre.acquire(undefined, { fuel });
      instance.call(
        name,
        type.params.map((param) => least(param.type)),
      );
      fuel -= instance.fuelUsed;
    } catch {
      // It was called for what V8 makes of it. A guest that traps may well be right: its arguments mean nothing.
      fuel -= FUEL / 10;
    }
  }
}

/**
 * The value with the fewest bits set; throws where only a resource will do.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(least({ kind: 'tuple', elements: [{ kind: 'u64' }, { kind: 'string' }] }), [0n, '']);
 * assert.throws(() => least({ kind: 'own', resource: 0 }), /resource/);
 * ```
 */
export function least(type: ValType): unknown {
  switch (type.kind) {
    case 'bool':
      return false;
    case 's64':
    case 'u64':
      return 0n;
    case 'char':
      return '\0';
    case 'string':
      return '';
    case 'list':
      return [];
    case 'record':
      return Object.fromEntries(type.fields.map(({ name, type: field }) => [camelCase(name), least(field)]));
    case 'tuple':
      return type.elements.map(least);
    case 'variant':
      return leastCase(type.cases[0]);
    case 'enum':
      return type.names[0];
    case 'option':
      return isTaggedOption(type) ? { tag: 'none' } : undefined;
    case 'result':
      return leastCase({ name: 'ok', type: type.ok });
    case 'flags':
      return {};
    case 'own':
    case 'borrow':
      throw new TypeError('Cannot make up a resource: only who has it can give it');
    default:
      return 0;
  }
}

function leastCase(found: CaseType | undefined): unknown {
  if (found === undefined) throw new TypeError('Cannot make up a variant: it has no case');
  return { tag: found.name, val: found.type === undefined ? undefined : least(found.type) };
}
