/**
 * Host functions that modules import and do not call while they are measured.
 *
 * @module
 */
import type { Component } from '../src/component/index.ts';

/** What a component imports of WASI, by interface: functions that answer 0, and resources whose methods do nothing. */
export function standIns({ imports }: Component): Record<string, Record<string, Function0 | Resource>> {
  const made: Record<string, Record<string, Function0 | Resource>> = {};
  for (const { name, functions, resources } of imports) {
    if (!name.startsWith('wasi:')) continue;
    const members: Record<string, Function0 | Resource> = {};
    for (const one of functions) if (!one.name.startsWith('[')) members[camel(one.name)] = () => 0n;
    for (const resource of resources) {
      const start = `[method]${resource}.`;
      const methods = functions.filter((one) => one.name.startsWith(start));
      const found = class {};
      for (const one of methods)
        Object.defineProperty(found.prototype, camel(one.name.slice(start.length)), {
          value: () => undefined,
        });
      members[camel(`-${resource}`)] = found;
    }
    made[name] = members;
  }
  return made;
}

type Function0 = () => unknown;
type Resource = abstract new () => object;

function camel(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
