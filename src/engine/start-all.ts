import { fail } from './errors.ts';
import type { ExtensionContext, ExtensionService, RuntimeExtension } from './extension.ts';

export interface RunningExtensions extends AsyncDisposable {
  /** By name, in the order in which they were started. */
  readonly services: ReadonlyMap<string, ExtensionService>;
}

/**
 * Starts extensions in the order of their needs. Stops them in reverse, also when a later one fails to start.
 * Throws `EXTENSION_MISSING`, `EXTENSION_CYCLE`, `EXTENSION_TWICE`, and whatever a start throws.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * await using running = await startAll([], () => { throw new Error('Nothing asks for a context'); });
 * assert.equal(running.services.size, 0);
 * ```
 */
export async function startAll(
  extensions: readonly RuntimeExtension[],
  contextOf: (extension: RuntimeExtension) => ExtensionContext,
): Promise<RunningExtensions> {
  await using stack = new AsyncDisposableStack();
  const services = new Map<string, ExtensionService>();
  for (const extension of byNeed(extensions)) {
    services.set(extension.name, stack.use(await extension.start(contextOf(extension))));
  }
  const running = stack.move();
  return { services, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function byNeed(extensions: readonly RuntimeExtension[]): Iterable<RuntimeExtension> {
  const named = new Map<string, RuntimeExtension>();
  for (const extension of extensions) {
    if (named.has(extension.name)) throw fail('EXTENSION_TWICE', { name: extension.name });
    named.set(extension.name, extension);
  }
  const sorted = new Set<RuntimeExtension>();
  function visit(name: string, path: readonly string[]): void {
    const extension = named.get(name);
    if (!extension) throw fail('EXTENSION_MISSING', { name, path });
    if (path.includes(name)) throw fail('EXTENSION_CYCLE', { path: [...path, name] });
    for (const need of extension.needs ?? []) visit(need, [...path, name]);
    sorted.add(extension);
  }
  for (const { name } of extensions) visit(name, []);
  return sorted;
}
