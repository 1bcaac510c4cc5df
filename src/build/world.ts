/**
 * The world of a module: derived from what its code imports and exports, so that nobody writes one.
 *
 * @module
 */
import type { Wit, WitFunction, WitInterface, WitPart } from '../lib/wit/model.ts';
import { camel } from '../lib/wit/names.ts';

/** A function that the engine calls. */
export interface Handler {
  /** As modules export it: `kvUpdate`. */
  readonly name: string;
  readonly face: WitInterface;
  readonly fn: WitFunction;
}

/** What a module takes and gives, by ids of interfaces; of exported ones with the functions that it has. */
export interface WorldItems {
  readonly imports: Iterable<string>;
  readonly exports: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The name of every derived world. */
export const WORLD = 'module';

/**
 * Every handler that the WIT knows, by the name under which a module exports it: the functions of the
 * interfaces that worlds of the WIT export.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { readWit } from '../lib/wit/read.ts';
 * const text = 'package a:b; interface event { on-it: func() -> bool; } world all { export event; }';
 * assert.deepEqual([...handlersOf(readWit([{ path: 'b.wit', text }])).keys()], ['onIt']);
 * ```
 */
export function handlersOf(wit: Wit): ReadonlyMap<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (const world of wit.worlds.values()) {
    for (const id of world.exports) {
      const face = wit.interfaces.get(id);
      for (const fn of face?.functions.values() ?? []) {
        const name = camel(fn.name);
        if (face) handlers.set(name, { name, face, fn });
      }
    }
  }
  return handlers;
}

/**
 * The WIT text of a derived world, self-contained: every package that it needs is nested in it. Equal for equal items,
 * whatever other WIT is known.
 */
export function worldText(wit: Wit, { imports, exports }: WorldItems): string {
  const ids = [...imports, ...exports.keys()];
  const lines = [
    ...[...imports].map((id) => `  import ${id};`),
    ...[...exports.keys()].map((id) => `  export ${id};`),
  ];
  const packages = new Map<string, string>();
  for (const part of wit.parts) {
    packages.set(part.package, `${packages.get(part.package) ?? ''}${partText(part, exports)}`);
  }
  const nested = [...withNeeded(ids, packages)]
    .toSorted()
    .map((name) => `package ${name} {\n${packages.get(name)}}\n`);
  return `package hermes:built;\n\nworld ${WORLD} {\n${lines.join('\n')}\n}\n\n${nested.join('\n')}`;
}

/** The packages of these interfaces, and those that their texts name, in turn. */
function withNeeded(ids: readonly string[], packages: ReadonlyMap<string, string>): ReadonlySet<string> {
  const byName = Map.groupBy(packages.keys(), (name) => name.replace(/@.*/, ''));
  const needed = new Set<string>();
  const ahead = [ids.join('\n')];
  for (let text = ahead.pop(); text !== undefined; text = ahead.pop()) {
    for (const [name] of text.replaceAll('%', '').matchAll(/[a-z][\w-]*:[a-z][\w-]*(?=\/)/gi)) {
      for (const found of byName.get(name) ?? []) {
        if (needed.has(found)) continue;
        needed.add(found);
        ahead.push(packages.get(found) ?? '');
      }
    }
  }
  return needed;
}

/** The items of a part, without comments and without functions of exported interfaces that the module lacks. */
function partText({ text, body, interfaces }: WitPart, exports: WorldItems['exports']): string {
  const missing = interfaces.flatMap(({ id, functions }) => {
    const present = exports.get(id);
    return present ? [...functions.values()].filter(({ name }) => !present.has(name)) : [];
  });
  let rest = '';
  let at = body.start;
  for (const { span } of missing.toSorted((a, b) => a.span.start - b.span.start)) {
    rest += text.slice(at, span.start);
    at = span.end;
  }
  rest += text.slice(at, body.end);
  return `${rest.replace(/^\s*\/\/.*$/gm, '').replace(/\n{2,}/g, '\n')}\n`;
}
