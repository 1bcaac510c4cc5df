import type {
  AppBinding,
  AttachedApp,
  AttachedModule,
  Caller,
  ExtensionContext,
  ExtensionService,
} from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { errors } from './errors.ts';
import { init, initExport } from './events.ts';
import type { InitApi } from './generated/api.ts';

const fail = failures(errors);

/**
 * Asks the modules of each application, one after another, whether it may start.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeContext } from '../../testkit/index.ts';
 * await using context = fakeContext({ replies: () => [{ module: 'api', ok: true, value: true }] });
 * await using service = startInit(context);
 * const exports = new Set(['hermes:init/event#init']);
 * await using binding = await service.attach(fakeApp({ modules: [{ name: 'api', exports }] }));
 * await binding.start?.();
 * assert.deepEqual(context.sent[0]?.modules, ['api']);
 * ```
 */
export function startInit(context: Pick<ExtensionContext, 'emit' | 'done'>): ExtensionService {
  return {
    attach: async (app) => bind(app, context),
    async [Symbol.asyncDispose]() {},
  };
}

function bind(app: AttachedApp, { emit, done }: Pick<ExtensionContext, 'emit' | 'done'>): AppBinding {
  let ended = false;

  async function ask({ name }: AttachedModule): Promise<void> {
    const [reply] = await emit(init(app.name, name)).done;
    if (reply?.ok && reply.value === true) return;
    // What the modules stored so far stays, so a later start meets it.
    app.log.warn('Application refused by init, what its modules stored is not undone', { module: name });
    if (reply?.ok) throw fail('INIT_REFUSED', { app: app.name, module: name });
    throw fail('INIT_FAILED', { app: app.name, module: name }, reply?.error);
  }

  const calls: InitApi<Caller> = {
    done(_caller, code) {
      // What a replaced version says of its end is no word of the one that serves.
      if (ended || app.state === 'replaced') return;
      ended = true;
      done(app.name, code);
    },
  };
  return {
    calls: { ...calls },
    async start() {
      for (const module of app.modules) if (module.exports.has(initExport)) await ask(module);
    },
    async [Symbol.asyncDispose]() {},
  };
}
