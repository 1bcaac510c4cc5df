/**
 * An application that is ready to be given to an engine: names in form, manifests and configurations checked,
 * components in memory, files behind a read-only tree. Where it came from (a folder, a package, a list of bare
 * components) is no longer visible.
 *
 * @module
 */
import type { Vfs } from '../vfs/vfs.ts';

/** What an author says about an application or a module; unknown keys have been refused. */
export interface Metadata {
  readonly name: string;
  /** As written: `V1.2.3`, optionally followed by a space and words. */
  readonly version: string;
  readonly description: string;
  readonly copyright: readonly string[];
  readonly license: readonly LicenseNote[];
  readonly about?: string;
  readonly src?: readonly string[];
  /** Unix seconds; 0 when it was never stamped. */
  readonly build_date?: number;
  readonly developer?: Readonly<Record<string, unknown>> & { readonly name: string };
  /** Of applications only: megabytes asked for. */
  readonly resources?: Readonly<Record<'file-storage' | 'sqlite-db', ResourceAsk | undefined>>;
  /** Of applications only. */
  readonly permissions?: { readonly admin?: boolean };
}

export interface LicenseNote {
  readonly spdx?: string;
  /** Absolute path of a text in the application's tree. */
  readonly file?: string;
  readonly note?: string;
}

export interface ResourceAsk {
  readonly minimum: number;
  readonly requested?: number;
  readonly maximum?: number;
}

/** One component of an application, with what belongs to it. */
export interface ApplicationModule {
  /** In the form of a host label; unique in its application. */
  readonly name: string;
  /** The component's binary. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The effective configuration, checked against the module's schema and frozen; `undefined` without one. */
  readonly config: unknown;
  /** The schema for an operator's settings, carried as written; `undefined` without one. */
  readonly settingsSchema: unknown;
  readonly metadata: Metadata;
}

/** An application; see the head of this file. A plain value apart from `vfs`. */
export interface Application {
  /** In the form of a host label: it is a host, a folder and a file name. */
  readonly name: string;
  /** `metadata.version`. */
  readonly version: string;
  readonly metadata: Metadata;
  /** In manifest order; may be empty when the application is only files. */
  readonly modules: readonly ApplicationModule[];
  /** What it asks to use, by extension: its `permissions.json`. */
  readonly permissions?: Readonly<Record<string, unknown>>;
  /** `/www`, `/share`, `/lib/<module>`; read-only. Holds nothing open, so there is nothing to dispose. */
  readonly vfs: Vfs;
}
