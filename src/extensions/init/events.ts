import type { ExportName, HostEvent } from '../../engine/extension.ts';

/** What a module exports to be asked at the start. */
export const initExport: ExportName = 'hermes:init/event#init';

/**
 * One module's `init`, delivered while the application starts. All of an application share one source; the
 * service sends the next only when the previous one was answered.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(init('shop', 'api').source, ['init', 'shop']);
 * ```
 */
export function init(app: string, module: string): HostEvent {
  return {
    name: initExport,
    source: ['init', app],
    app,
    modules: [module],
    reply: 'all',
    args: [],
    duringStart: true,
  };
}
