/**
 * Makes an application of bare components, for trying them out.
 *
 * @module
 */
import type { Vfs } from '../vfs/vfs.ts';
import type { Application } from './application.ts';
import { fail } from './errors.ts';
import { createFaults } from './faults.ts';
import { NAME_FORM } from './manifest.ts';
import { blankMetadata } from './metadata.ts';

export interface ComponentsOptions {
  /** Name of the application. */
  readonly name: string;
  readonly components: readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[];
  /** What it sees as its files: an empty `createMemoryVfs({})` for nothing. */
  readonly vfs: Vfs;
}

/**
 * An application of components without manifests. Throws `APP_INVALID` with all faults: names out of form or
 * given twice, no component at all.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMemoryVfs } from '../vfs/memory.ts';
 * const components = [{ name: 'echo', bytes: new Uint8Array() }];
 * const app = applicationOf({ name: 'playground-app', components, vfs: createMemoryVfs({}) });
 * assert.deepEqual(app.modules.map(({ name }) => name), ['echo']);
 * ```
 */
export function applicationOf({ name, components, vfs }: ComponentsOptions): Application {
  const faults = createFaults();
  const form = 'must be 1 to 63 lower-case letters, digits and inner hyphens: choose another name';
  if (!NAME_FORM.test(name)) faults.add(`The application's name ${JSON.stringify(name)}`, form);
  if (components.length === 0) faults.add('The list of components', 'is empty: give at least one');
  const names = new Set<string>();
  for (const { name } of components) {
    if (!NAME_FORM.test(name)) faults.add(`The component's name ${JSON.stringify(name)}`, form);
    else if (names.has(name))
      faults.add(`The component's name ${JSON.stringify(name)}`, 'stands twice: rename one');
    names.add(name);
  }
  const found = faults.sentences();
  if (found.length > 0) throw fail('APP_INVALID', { faults: found });
  const metadata = blankMetadata(name);
  const modules = components.map(({ name, bytes }) => {
    return { name, bytes, config: undefined, settingsSchema: undefined, metadata: blankMetadata(name) };
  });
  return { name, version: metadata.version, metadata, modules, vfs };
}
