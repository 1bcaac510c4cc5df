/**
 * Turns the memory that a core module defines into one that it imports, so that a used memory, zeroed, can serve
 * the next instance: most of the price of a fresh instance is that the system maps its pages anew. Nothing in
 * the module can tell, since its only memory keeps index 0.
 *
 * @module
 */
import { readUnsigned, sectionId, splitSections, unsigned } from './sections.ts';

/** What an imported memory must be. */
export interface MemoryType {
  /** In pages of 64 KiB. */
  readonly initial: number;
  readonly maximum: number | undefined;
}

/** Under these names a module finds the memory that it would have defined. */
export const MEMORY_MODULE = 'component-runtime';
export const MEMORY_NAME = 'memory';

export interface WithMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly memory: MemoryType;
}

/** Zeroing touches every page: up to here that is cheap, beyond it most of the memory must have been written anyway. */
const SMALL: number = 2 * 2 ** 20;
const SPARSE = 4;

/**
 * The module with its memory imported, or `undefined` when it does not define exactly one memory of 32-bit
 * addresses that is not shared, or one so large and empty that a new one costs less than to zero it. A module that was not valid is not made so; whether it imports a second memory
 * is left to the caller to find out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const defines = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 2]);
 * const { bytes, memory } = importMemory(defines) ?? assert.fail();
 * assert.deepEqual(memory, { initial: 2, maximum: undefined });
 * assert.equal(WebAssembly.Module.imports(new WebAssembly.Module(bytes))[0]?.kind, 'memory');
 * ```
 */
export function importMemory(bytes: Uint8Array): WithMemory | undefined {
  const sections = splitSections(bytes);
  const defined = sections.find(({ id }) => id === sectionId.memory);
  const memory = defined === undefined ? undefined : readLimits(defined.content);
  if (defined === undefined || memory === undefined) return undefined;
  const written = sections.find(({ id }) => id === sectionId.data)?.content.length ?? 0;
  if (memory.initial * 65_536 > Math.max(SMALL, written * SPARSE)) return undefined;
  const imports = sections.find(({ id }) => id === sectionId.import);
  const rewritten = withImport(imports?.content ?? new Uint8Array([0]), defined.content.subarray(1));
  if (rewritten === undefined) return undefined;
  const kept = sections.filter(({ id }) => id !== sectionId.import && id !== sectionId.memory);
  // Imports come after types and before all else; custom sections may stand anywhere.
  const place = kept.findIndex(({ id }) => id !== sectionId.type && id !== sectionId.custom);
  const parts = kept.map(({ whole }) => whole);
  parts.splice(place < 0 ? parts.length : place, 0, rewritten);
  return { bytes: new Uint8Array(Buffer.concat([bytes.subarray(0, 8), ...parts])), memory };
}

/** One memory with plain limits, and no other. */
function readLimits(content: Uint8Array): MemoryType | undefined {
  const [count, flags] = content;
  if (count !== 1 || flags === undefined || flags > 1) return undefined;
  const cursor = { bytes: content, at: 2 };
  const initial = readUnsigned(cursor);
  const maximum = flags === 1 ? readUnsigned(cursor) : undefined;
  if (initial === undefined || cursor.at !== content.length) return undefined;
  return { initial, maximum };
}

/** An import section with one memory more. */
function withImport(imports: Uint8Array, limits: Uint8Array): Uint8Array | undefined {
  const cursor = { bytes: imports, at: 0 };
  const count = readUnsigned(cursor);
  if (count === undefined) return undefined;
  const added = [...nameOf(MEMORY_MODULE), ...nameOf(MEMORY_NAME), 2, ...limits];
  const counted = new Uint8Array(unsigned(count + 1));
  const content = Buffer.concat([counted, imports.subarray(cursor.at), new Uint8Array(added)]);
  return Buffer.concat([new Uint8Array([sectionId.import, ...unsigned(content.length)]), content]);
}

function nameOf(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}
