/**
 * What an author says about an application or module. In a folder it may be left out, as long as the manifest
 * does not name it: someone who tries something out has nothing to say yet.
 *
 * @module
 */
import { posix } from 'node:path';
import type { AppFolder } from './app-folder.ts';
import type { Metadata } from './application.ts';
import type { Check } from './schema.ts';

export interface MetadataPlace {
  /** The manifest. */
  readonly base: string;
  /** As the manifest names it. */
  readonly path: string | undefined;
  /** The name that holds, whatever the file says. */
  readonly name: string;
}

export interface LoadedMetadata {
  readonly metadata: Metadata;
  /** As the application sees it in its file tree. */
  readonly written: object;
}

/** What holds for an application or module that says nothing about itself. */
export function blankMetadata(name: string): Metadata {
  return { name, version: 'V0.0.0', description: '', copyright: [], license: [], build_date: 0 };
}

/** `undefined`, with a fault, when something is wrong with the file. */
export async function loadMetadata(
  folder: AppFolder,
  { base, path, name }: MetadataPlace,
  check: Check,
): Promise<LoadedMetadata | undefined> {
  const file =
    path === undefined ? posix.join(posix.dirname(base), 'metadata.json') : folder.resolve(base, path);
  if (file === undefined) return undefined;
  if (path === undefined && (await folder.kindOf(file)) === undefined) {
    const blank = blankMetadata(name);
    return { metadata: blank, written: blank };
  }
  const read = await folder.readJson(file, 'the metadata', check);
  if (read === undefined) return undefined;
  const written = { ...(read as Metadata & { readonly $schema: string }), name };
  const { $schema: _, ...metadata } = written;
  return { metadata, written };
}

/** The bytes of a JSON file. */
export function textOf(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value, undefined, 2));
}
