/**
 * Applications for tests, written to temporary folders that go away with the test file.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import type { CodedError } from '../lib/errors.ts';
import { createFolderVfs } from '../vfs/folder.ts';
import type { Application } from './application.ts';
import { type LoadFolderOptions, loadFolder } from './load-folder.ts';

export type Files = Readonly<Record<string, unknown>>;

/** A folder of these files: objects as JSON, `{ link }` as a symbolic link. */
export async function folderOf(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hermes-app-'));
  after(() => rm(folder, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(path, content);
    else if (isLink(content)) await symlink(content.link, path);
    else await writeFile(path, JSON.stringify(content));
  }
  return folder;
}

function isLink(content: unknown): content is { readonly link: string } {
  return typeof content === 'object' && content !== null && 'link' in content;
}

/** Loads an application of these files. */
export async function load(files: Files, options: Partial<LoadFolderOptions> = {}): Promise<Application> {
  return loadFolder(await folderOf(files), { createVfs: createFolderVfs, ...options });
}

/** The faults for which these files are refused. */
export async function faultsOf(
  files: Files,
  options: Partial<LoadFolderOptions> = {},
): Promise<readonly string[]> {
  const error: CodedError = await load(files, options).then(
    () => assert.fail('it was loaded'),
    (error: CodedError) => error,
  );
  assert.equal(error.code, 'APP_INVALID', String(error.cause ?? error));
  return error.detail['faults'] as readonly string[];
}

export const APP: Readonly<Record<string, string>> = {
  $schema: 'https://example.org/schemas/hermes_app_manifest.schema.json',
};
export const MODULE: Readonly<Record<string, string>> = {
  $schema:
    'https://raw.githubusercontent.com/input-output-hk/hermes/main/hermes/schemas/hermes_module_manifest.schema.json',
};
/** The head of a component: nobody looks further while an application is loaded. */
export const WASM: Uint8Array<ArrayBuffer> = new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0]);
