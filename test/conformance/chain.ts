/**
 * Pass-through components behind one another: what one exports is what the next imports, so every value crosses
 * the border between two components, each with a string encoding of its own.
 *
 * @module
 */
import { parse, print } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { FuncType, StringEncoding } from '../../src/component/types.ts';
import { GUEST, HOST, passThrough } from './pass-through.ts';
import { head, isList, type List, readWast } from './wast.ts';

/** Bytes of a component that holds one pass-through component for each encoding; the last one is called. */
export async function chain(
  functions: readonly FuncType[],
  encodings: readonly StringEncoding[],
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for (const encoding of encodings) parts.push(await passThrough(functions, encoding));
  return compose(parts);
}

/**
 * Bytes of a component that holds these, each importing as `test:diff/host` what the one before exports as
 * `test:diff/guest`. The first one's import is the host's; the last one's export is exported.
 */
export async function compose(parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const texts = await Promise.all(parts.map((part) => print(part)));
  const inner = texts.map((text, i) => text.replace('(component', `(component $C${i}`));
  const links = inner.map((_, i) => {
    const from = i === 0 ? '(instance $host)' : `(instance $i${i - 1} "${GUEST}")`;
    return `(instance $i${i} (instantiate $C${i} (with "${HOST}" ${from})))`;
  });
  const last = `(alias export $i${inner.length - 1} "${GUEST}" (instance $last))`;
  const text = `(component ${hostImport(texts[0] as string)}
    ${inner.join('\n')}
    ${links.join('\n')}
    ${last} (export "${GUEST}" (instance $last)))`;
  return new Uint8Array(await parse(text));
}

/** The import of the host's interface as the printed component writes it, under the name `$host`. */
function hostImport(text: string): string {
  const [component] = readWast(text);
  const lists = (component as List).items.filter(isList);
  const at = lists.findIndex((list) => head(list) === 'import');
  const written = lists.slice(0, at + 1).map((list) => text.slice(list.start, list.end));
  return written.join('\n').replace(/(\(import "[^"]*" \(instance )\S+/, '$1$host');
}
