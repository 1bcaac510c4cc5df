import { join } from 'node:path';
import { buildModule } from '../../../src/build/build-module.ts';
import { installedWit } from '../../../src/cli/wit.ts';

/** The component of one of the modules here: `ts` does what a request says, `c` what is measured. */
export async function sqliteGuest(language: 'ts' | 'c'): Promise<Uint8Array<ArrayBuffer>> {
  return (await buildModule(join(import.meta.dirname, language), { wit: await installedWit() })).bytes;
}
