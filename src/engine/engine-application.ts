import type { Vfs } from '../vfs/vfs.ts';
import type { GuestLimits } from './guest-limits.ts';
import type { OperatorSettings } from './settings.ts';

/** What an engine loads: an application whose manifests and files somebody has checked. */
export interface EngineApplication {
  readonly name: string;
  readonly version: string;
  /** In manifest order; none for an application that is only files. */
  readonly modules: readonly {
    readonly name: string;
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly config: unknown;
  }[];
  readonly vfs: Vfs;
  /** By extension; none unless given. */
  readonly permissions?: Readonly<Record<string, unknown>>;
  /** What the operator says to its modules. */
  readonly settings?: OperatorSettings;
  /** What each call of a module may take; the defaults unless given. */
  readonly limits?: GuestLimits;
}
