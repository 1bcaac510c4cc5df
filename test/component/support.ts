/**
 * The modules of this folder as `hermes test` sees them.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule } from '../../src/build/build-module.ts';
import { readSubject } from '../../src/cli/test/subjects.ts';
import type { Subject } from '../../src/cli/test/types.ts';
import { installedWit } from '../../src/cli/wit.ts';

const here: string = import.meta.dirname;

/** Whether there is a module of this name. */
export function hasModule(name: string): boolean {
  return existsSync(join(here, name, 'src'));
}

/** The module of a folder, built if it has changed. */
export async function subjectOf(name: string): Promise<Subject> {
  const wit = await installedWit();
  return readSubject(join(here, name), async (folder) => (await buildModule(folder, { wit })).bytes);
}
