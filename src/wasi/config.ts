import type { Call, GuestImports } from '../engine/extension.ts';

/**
 * `wasi:config/store`: the module's `config.json`, overruled by the operator's settings and secrets. WASI has not
 * finished this interface, and its drafts promise nothing to each other: each is offered by its full version, with
 * the name that it had.
 */
export function configImports(): GuestImports {
  const store = {
    get: ({ settings }: Call, key: string): string | undefined =>
      settings.config.find(([name]) => name === key)?.[1],
    getAll: ({ settings }: Call): readonly (readonly [string, string])[] => settings.config,
  };
  return {
    'wasi:config/runtime@0.2.0-draft': store,
    'wasi:config/store@0.2.0-draft': store,
    'wasi:config/store@0.2.0-rc.1': store,
  };
}
