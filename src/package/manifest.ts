/**
 * The manifests as their JSON Schemas (folder `schemas/`) promise them.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { fail } from './errors.ts';
import { type Check, compileSchema } from './schema.ts';

/** The form of the names of applications and modules: they are host labels, folders and file names. */
export const NAME_FORM: RegExp = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What an application is made of; paths are relative to the manifest. */
export interface AppManifest {
  readonly $schema: string;
  readonly name?: string;
  readonly icon?: string;
  readonly metadata?: string;
  readonly modules?: readonly ModuleEntry[];
  readonly www?: string;
  readonly share?: string;
}

/** One module in an application's manifest. */
export interface ModuleEntry {
  readonly package: string;
  readonly name?: string;
  readonly config?: string;
  readonly share?: string;
}

/** What a module is made of; paths are relative to the manifest. */
export interface ModuleManifest {
  readonly $schema: string;
  readonly name?: string;
  readonly metadata?: string;
  readonly component?: string;
  readonly config?: { readonly file?: string; readonly schema: string };
  readonly settings?: { readonly schema: string };
  readonly share?: string;
}

export type ManifestKind =
  | 'app_manifest'
  | 'app_permissions'
  | 'module_manifest'
  | 'app_metadata'
  | 'module_metadata';

/** One check for each kind of file. */
export type ManifestChecks = Readonly<Record<ManifestKind, Check>>;

const KINDS: readonly ManifestKind[] = [
  'app_manifest',
  'app_permissions',
  'module_manifest',
  'app_metadata',
  'module_metadata',
];

/**
 * Reads the schemas that are published in `schemas/`. Each is compiled when it is first used, which takes a few
 * milliseconds, so keep the answer for several applications.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const checks = await loadManifestChecks();
 * const $schema = 'https://example.org/hermes_app_manifest.schema.json';
 * assert.deepEqual(checks.app_manifest({ $schema, name: 'Guest Book' }), [
 *   { path: '/name', message: 'must be 1 to 63 lower-case letters, digits and inner hyphens, as "guest-book"' },
 * ]);
 * ```
 */
export async function loadManifestChecks(): Promise<ManifestChecks> {
  const entries = await Promise.all(KINDS.map(async (kind) => [kind, await loadCheck(kind)] as const));
  return Object.fromEntries(entries) as ManifestChecks;
}

async function loadCheck(kind: ManifestKind): Promise<Check> {
  const url = new URL(`../../schemas/hermes_${kind}.schema.json`, import.meta.url);
  const text = await readFile(url, 'utf8');
  let check: Check | undefined;
  return (value) => {
    check ??= compileKnown(text, url.pathname);
    return check(value);
  };
}

function compileKnown(text: string, file: string): Check {
  const schema = compileSchema(JSON.parse(text), { known: true });
  if (schema.ok) return schema.check;
  throw fail('APP_READ', { file, faults: schema.faults });
}
