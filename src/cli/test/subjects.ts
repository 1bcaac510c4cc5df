import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { findEntry } from '../../build/build-module.ts';
import { applicationOf } from '../../package/components.ts';
import { loadFolder } from '../../package/load-folder.ts';
import { createFolderVfs } from '../../vfs/folder.ts';
import { createMemoryVfs } from '../../vfs/memory.ts';
import { moduleName, readComponent } from '../component-file.ts';
import { fail } from './errors.ts';
import type { Subject } from './types.ts';

/** Makes the component of a module's folder. */
export type BuildFolder = (folder: string) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * What a word of the command line names: the file of a component, the folder of a module with sources, or the folder
 * of an application. Throws what reading and building them throws, and `TEST_FOLDER`.
 */
export async function readSubject(word: string, build: BuildFolder): Promise<Subject> {
  const found = await stat(word).catch(() => undefined); // Whoever reads it says what is wrong.
  if (!found?.isDirectory())
    return { label: word, application: bare(moduleName(word), await readComponent(word)) };
  const folder = resolve(word);
  const isApplication = await stat(join(folder, 'application.json')).then(
    () => true,
    () => false,
  );
  if (isApplication)
    return { label: word, application: await loadFolder(folder, { createVfs: createFolderVfs, build }) };
  if ((await findEntry(folder)) === undefined) throw fail('TEST_FOLDER', { folder: word });
  return {
    label: word,
    application: bare(basename(folder), await build(folder)),
  };
}

/** One component as an application without files. */
function bare(file: string, bytes: Uint8Array<ArrayBuffer>): Subject['application'] {
  const name = hostLabel(file);
  return applicationOf({ name, components: [{ name, bytes }], vfs: createMemoryVfs({}) });
}

/**
 * The name of a file in the form that names of modules have.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(hostLabel('My_tests.v2'), 'my-tests-v2');
 * assert.equal(hostLabel('__'), 'module');
 * ```
 */
export function hostLabel(text: string): string {
  const label = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-|-$/g, '');
  return label || 'module';
}
