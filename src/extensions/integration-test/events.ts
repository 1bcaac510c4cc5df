import type { ExportName, HostEvent } from '../../engine/extension.ts';

/** What a module exports to be tested. */
export const testExport: ExportName = 'hermes:integration-test/event#test';
/** What a module exports to be measured. */
export const benchExport: ExportName = 'hermes:integration-test/event#bench';

/** Whom to ask, and for what. */
export interface Question {
  readonly app: string;
  readonly module: string;
  readonly number: number;
  /** Without it only the name is asked for. */
  readonly run: boolean;
}

/**
 * One test of a module. Those of one module come one after another.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(test({ app: 'shop', module: 'api', number: 3, run: true }).args, [3, true]);
 * ```
 */
export function test({ app, module, number, run }: Question): HostEvent {
  const source = { source: ['integration-test', app, module] } as const;
  return { ...source, name: testExport, app, modules: [module], reply: 'all', args: [number, run] };
}

/** One benchmark of a module. Those of one module come one after another, and after its tests. */
export function bench({ app, module, number, run }: Question): HostEvent {
  const source = { source: ['integration-test', app, module] } as const;
  return { ...source, name: benchExport, app, modules: [module], reply: 'all', args: [number, run] };
}
