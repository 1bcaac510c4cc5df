/**
 * Reads one module of an application's folder: its manifest, metadata, configuration, component and share.
 *
 * @module
 */
import { posix } from 'node:path';
import { type AppFolder, MAX_COMPONENT_BYTES } from './app-folder.ts';
import type { Metadata } from './application.ts';
import type { ManifestChecks, ModuleEntry, ModuleManifest } from './manifest.ts';
import { loadMetadata, textOf } from './metadata.ts';
import { type Check, compileSchema } from './schema.ts';

/** The manifest of an application that is a folder. */
export const APP_MANIFEST = 'application.json';
/** What an application asks to use, beside its manifest. */
export const APP_PERMISSIONS = 'permissions.json';
/** The manifest of a module's folder. */
export const MODULE_MANIFEST = 'module.json';
/** Where the sources begin of a module that can be built, relative to its folder. */
export const SOURCES: readonly string[] = ['src/index.ts', 'src/main.c'];

/** What appears at `path` in the application's file tree: a folder, or one file. */
export type Mount =
  | { readonly path: string; readonly folder: string }
  | { readonly path: string; readonly bytes: Uint8Array };

/** A module whose faults are known; the component of one from sources is still to be built. */
export interface LoadedModule {
  readonly name: string;
  readonly metadata: Metadata;
  readonly config: unknown;
  readonly settingsSchema: unknown;
  readonly component:
    | Uint8Array<ArrayBuffer>
    | { readonly folder: string; readonly manifest: ModuleManifest };
  readonly mounts: readonly Mount[];
}

export interface LoadModuleOptions {
  readonly checks: ManifestChecks;
  /** Whether a module with sources is built, instead of taken as it was built before. */
  readonly builds: boolean;
  /** JSON pointer of the entry in the application's manifest. */
  readonly pointer: string;
}

/** `undefined` when something is wrong with it; what it is, is among the folder's faults. */
export async function loadModule(
  folder: AppFolder,
  entry: ModuleEntry,
  options: LoadModuleOptions,
): Promise<LoadedModule | undefined> {
  const dir = await findModule(folder, entry, options.pointer);
  if (dir === undefined) return undefined;
  const file = posix.join(dir, MODULE_MANIFEST);
  const checked = await folder.readJson(file, 'the manifest of a module', options.checks.module_manifest);
  if (checked === undefined) return undefined;
  const manifest = checked as ModuleManifest;
  const name = entry.name ?? manifest.name ?? 'module';
  const metadata = await loadMetadata(
    folder,
    { base: file, path: manifest.metadata, name },
    options.checks.module_metadata,
  );
  const config = await loadConfig(folder, { file, manifest, entry, pointer: options.pointer });
  const settings = await loadSchema(folder, file, manifest.settings?.schema);
  const component = await loadComponent(folder, { dir, file, manifest, builds: options.builds });
  const shareBase = entry.share === undefined ? file : APP_MANIFEST;
  const share = await findShare(folder, shareBase, entry.share ?? manifest.share);
  if (metadata === undefined || component === undefined) return undefined;
  const at = `/lib/${name}`;
  const mounts: Mount[] = [{ path: `${at}/metadata.json`, bytes: textOf(metadata.written) }];
  if (config?.schema) mounts.push({ path: `${at}/config.schema.json`, bytes: textOf(config.schema) });
  if (config?.value) mounts.push({ path: `${at}/config.json`, bytes: textOf(config.value) });
  if (settings) mounts.push({ path: `${at}/settings.schema.json`, bytes: textOf(settings.schema) });
  if (share !== undefined) mounts.push({ path: `${at}/share`, folder: share });
  return {
    name,
    metadata: metadata.metadata,
    config: freeze(config?.value),
    settingsSchema: freeze(settings?.schema),
    component,
    mounts,
  };
}

/** The module's folder, relative to the application's. */
async function findModule(
  folder: AppFolder,
  entry: ModuleEntry,
  pointer: string,
): Promise<string | undefined> {
  const { faults } = folder;
  if (entry.package.endsWith('.hmod')) {
    const message = 'names a module package, which cannot be read yet: name the folder of the module';
    faults.add(APP_MANIFEST, message, `${pointer}/package`);
    return undefined;
  }
  const dir = folder.resolve(APP_MANIFEST, entry.package);
  if (dir === undefined) return undefined;
  const kind = await folder.kindOf(dir);
  if (kind === 'directory') return dir;
  if (kind === undefined) faults.add(dir, 'is missing: the folder of a module must be there');
  if (kind === 'file') faults.add(dir, `is a file: name the folder that holds ${MODULE_MANIFEST}`);
  return undefined;
}

interface ConfigPlace {
  /** The module's manifest. */
  readonly file: string;
  readonly manifest: ModuleManifest;
  readonly entry: ModuleEntry;
  readonly pointer: string;
}

/** The schema, and the value that holds: the application's, else the module's. */
async function loadConfig(
  folder: AppFolder,
  { file, manifest, entry, pointer }: ConfigPlace,
): Promise<{ readonly schema: unknown; readonly value: object | undefined } | undefined> {
  const { faults } = folder;
  if (entry.config !== undefined && manifest.config === undefined) {
    faults.add(
      APP_MANIFEST,
      `replaces a configuration that ${file} does not have: add "config" there`,
      `${pointer}/config`,
    );
    return undefined;
  }
  const loaded = await loadSchema(folder, file, manifest.config?.schema);
  const own = await loadConfigFile(folder, file, manifest.config?.file, loaded?.check);
  const replaced = await loadConfigFile(folder, APP_MANIFEST, entry.config, loaded?.check);
  return loaded && { schema: loaded.schema, value: replaced ?? own };
}

async function loadConfigFile(
  folder: AppFolder,
  base: string,
  path: string | undefined,
  check: Check | undefined,
): Promise<object | undefined> {
  const file = path === undefined ? undefined : folder.resolve(base, path);
  if (file === undefined) return undefined;
  const isObject: Check = (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (check?.(value) ?? [])
      : [{ path: '', message: 'must be an object' }];
  return (await folder.readJson(file, 'the configuration of a module', isObject)) as object | undefined;
}

async function loadSchema(
  folder: AppFolder,
  base: string,
  path: string | undefined,
): Promise<{ readonly schema: unknown; readonly check: Check } | undefined> {
  const file = path === undefined ? undefined : folder.resolve(base, path);
  const schema = file && (await folder.readJson(file, 'a JSON Schema'));
  if (file === undefined || schema === undefined) return undefined;
  const compiled = compileSchema(schema);
  if (compiled.ok) return { schema, check: compiled.check };
  for (const { path, message } of compiled.faults) folder.faults.add(file, message, path);
  return undefined;
}

interface ComponentPlace {
  readonly dir: string;
  readonly file: string;
  readonly manifest: ModuleManifest;
  readonly builds: boolean;
}

async function loadComponent(
  folder: AppFolder,
  { dir, file, manifest, builds }: ComponentPlace,
): Promise<LoadedModule['component'] | undefined> {
  const kinds = await Promise.all(SOURCES.map((source) => folder.kindOf(posix.join(dir, source))));
  const hasSources = kinds.includes('file');
  if (hasSources && builds) return { folder: posix.join(folder.root, dir), manifest };
  const component = folder.resolve(file, manifest.component ?? 'module.wasm');
  if (component === undefined) return undefined;
  if (hasSources && (await folder.kindOf(component)) === undefined) {
    folder.faults.add(component, `is missing: build the module first, with "hermes build ${dir}"`);
    return undefined;
  }
  return folder.readBytes(component, { what: 'the component', maxBytes: MAX_COMPONENT_BYTES });
}

async function findShare(
  folder: AppFolder,
  base: string,
  path: string | undefined,
): Promise<string | undefined> {
  const file = path === undefined ? undefined : folder.resolve(base, path);
  return file === undefined ? undefined : folder.checkTree(file, 'the share of a module');
}

/** Depth is bounded by the reader of JSON. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}
