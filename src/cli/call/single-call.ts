/**
 * One call of one export, with the host functions of the real extensions and none of their doors: no port is
 * opened, no other export runs.
 *
 * @module
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AppBinding,
  AttachedApp,
  Clock,
  Emit,
  ExtensionContext,
  ExtensionService,
  RuntimeExtension,
} from '../../engine/extension.ts';
import { openHome } from '../../engine/home.ts';
import type { AnswerRemote } from '../../engine/pool.ts';
import { startAll } from '../../engine/start-all.ts';
import { allExtensions } from '../../extensions/all.ts';
import { createClock } from '../../lib/clock.ts';
import { failures } from '../../lib/errors.ts';
import { ulid } from '../../lib/ulid.ts';
import { createInlinePool } from '../../pool/inline.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { createMemoryVfs } from '../../vfs/memory.ts';
import { wasiImports } from '../../wasi/index.ts';

export const errors = {
  CALL_REMOTE: {
    blame: 'host',
    text: 'Cannot make host call: its extension only works in an engine; use hermes playground',
  },
  CALL_EVENT: {
    blame: 'operator',
    text: 'Cannot queue event: a single call handles no events; use hermes playground',
  },
} as const;
const fail = failures(errors);

export interface SingleCall {
  readonly component: Uint8Array<ArrayBuffer>;
  /** Name of the module, for logs and stores. */
  readonly module: string;
  readonly app: string;
  /** Data folder that lasts; without it an empty one that is gone afterwards. */
  readonly home: string | undefined;
  readonly export: string;
  readonly args: readonly unknown[];
  readonly log: Logger;
}

/** What came back, and the exit code if the guest said that its application is done. */
export interface SingleAnswer {
  readonly value: unknown;
  readonly done: number | undefined;
}

/** Extensions whose main half would open doors to the outside. */
const DOORS: ReadonlySet<string> = new Set(['http-gateway']);
/** How those are configured that would look for company: a call is over before there is any. */
const QUIET: Readonly<Record<string, unknown>> = { ipfs: { start: 'never' } };

/** Makes the call. Rejects with the trap's error, `IMPORTS_MISSING`, `HOME_LOCKED` and the like. */
export async function singleCall(task: SingleCall): Promise<SingleAnswer> {
  await using stack = new AsyncDisposableStack();
  const clock = createClock();
  const pool = stack.use(
    await createInlinePool(
      { halves: allExtensions(), imports: wasiImports() },
      { clock, metrics: createMetrics() },
    ),
  );
  const ended: { code?: number } = {};
  const services = await startServices(task, stack, { clock, done: (code) => (ended.code ??= code) });

  const id = ulid(clock.now().epochMilliseconds);
  const app = {
    name: task.app,
    version: 'V0.0.0',
    vfs: createMemoryVfs({}),
    permissions: {},
    log: task.log.child({ app: task.app }),
  };
  const bindings = new Map<string, AppBinding>();
  const answer: AnswerRemote = (extension, method, caller, args) => {
    const run = bindings.get(extension)?.calls[method];
    if (!run) throw fail('CALL_REMOTE', { extension, method });
    return run(caller, ...args);
  };
  const modules = [{ name: task.module, id, bytes: task.component }];
  const pooled = stack.use(await pool.load({ app, modules, vfs: app.vfs, log: app.log, answer }));
  const attached: AttachedApp = {
    ...app,
    modules: [
      {
        name: task.module,
        id,
        exports: new Set(),
        imports: pooled.imports[0] ?? new Set(),
        config: undefined,
      },
    ],
    state: 'running',
  };
  for (const [name, service] of services) bindings.set(name, stack.use(await service.attach(attached)));
  const event = { id: 1, depth: 0, name: task.export };
  const value = await pooled.call({ module: 0, event, counter: 0, args: task.args });
  return { value, done: ended.code };
}

interface ServiceDeps {
  readonly clock: Clock;
  /** The application says that it is done. */
  readonly done: (code: number) => void;
}

/** The main halves of the extensions, in a home of their own. */
async function startServices(
  { home: wanted, log }: SingleCall,
  stack: AsyncDisposableStack,
  { clock, done }: ServiceDeps,
): Promise<ReadonlyMap<string, ExtensionService>> {
  const home = stack.use(await openHome(await homeFolder(wanted, stack)));
  const stop = new AbortController();
  stack.defer(() => stop.abort(new Error('The call has ended')));
  const emit: Emit = ({ name }) => {
    log.debug('Event is not delivered: a single call handles none', { event: name });
    throw fail('CALL_EVENT', { event: name });
  };
  const contextOf = ({ name }: RuntimeExtension): ExtensionContext => ({
    config: QUIET[name],
    folder: () => home.folder(name),
    clock,
    log: log.child({ extension: name }),
    metrics: createMetrics(),
    signal: stop.signal,
    emit,
    done: (_, code) => done(code),
  });
  const extensions = allExtensions().filter(({ name }) => !DOORS.has(name));
  return stack.use(await startAll(extensions, contextOf)).services;
}

async function homeFolder(home: string | undefined, stack: AsyncDisposableStack): Promise<string> {
  if (home !== undefined) return home;
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-call-')));
  return folder.path;
}
