// The process that `createComponentizer` starts.
import { callAndFreeze, HostCall } from '../snapshot/component.ts';
import { exactIntegers } from '../snapshot/integers.ts';
import type { ComponentizeAnswer, ComponentizeTask } from './componentize.ts';
import { INTEGER_FUNCTION, LOAD_FUNCTION } from './template.ts';

async function answerTo({ template: known, ...task }: ComponentizeTask): Promise<ComponentizeAnswer> {
  const { witPath, world, templateSource, code } = task;
  try {
    const made = known ? undefined : await templateOf({ witPath, world, jsSource: templateSource });
    const { component, answer } = callAndFreeze(known ?? made ?? new Uint8Array(), LOAD_FUNCTION, code, [
      INTEGER_FUNCTION,
    ]);
    if (answer !== undefined) return { thrown: answer };
    return { component, template: made };
  } catch (error) {
    if (error instanceof HostCall) return { called: error.called };
    return { complaint: Error.isError(error) ? (error.stack ?? error.message) : String(error) };
  }
}

async function templateOf(options: {
  witPath: string;
  world: string;
  jsSource: string;
}): Promise<Uint8Array> {
  const { componentize } = await import('componentize-qjs');
  const { component } = await componentize({ ...options, sync: true, stubWasi: false });
  return exactIntegers(component, INTEGER_FUNCTION);
}

process.on('message', async (task: ComponentizeTask) => {
  process.send?.(await answerTo(task));
});
// Whoever asked is gone.
process.once('disconnect', () => process.exit());
