import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suggest } from '../../lib/nearest.ts';
import type { Wit } from '../../lib/wit/model.ts';
import { camel } from '../../lib/wit/names.ts';
import { fail } from '../errors.ts';
import { type Fault, faultText } from '../fault.ts';
import { firstPlace, type TraceTable, traceText } from '../guest/trace.ts';
import { replaceFile } from '../replace-file.ts';
import { type Handler, handlersOf, WORLD, worldText } from '../world.ts';
import { bundle, outline } from './bundle.ts';
import { BASE_CONFIG, checkTypes } from './check.ts';
import { type ComponentizeAnswer, type Componentizer, createComponentizer } from './componentize.ts';
import { guestTypes } from './guest-types.ts';
import { templateFile, templateSource, templateWorld } from './template.ts';

export interface TypeScriptOptions {
  /** Absolute path of the module folder. */
  readonly folder: string;
  /** Absolute path of its `.hermes` folder. */
  readonly work: string;
  /** Relative to the folder. */
  readonly entry: string;
  readonly wit: Wit;
  /** Stands for the versions of the tools. */
  readonly tools: string;
  readonly check: boolean;
  readonly signal?: AbortSignal;
}

/** What a build made, whatever the language. */
export interface Made {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Source files that it was made of, relative to the module folder. */
  readonly inputs: readonly string[];
  readonly warnings: readonly string[];
}

/** Makes a component of a TypeScript module. Throws `BUILD_FAILED` or `BUILD_NO_HANDLER`. */
export async function buildTypeScript(options: TypeScriptOptions): Promise<Made> {
  const { folder, work, entry, wit, signal } = options;
  await using componentizer = createComponentizer();
  await mkdir(join(work, 'types'), { recursive: true });
  await replaceFile(join(work, 'types/hermes.d.ts'), guestTypes(wit));
  await replaceFile(join(work, 'tsconfig.json'), BASE_CONFIG);
  const { exports } = await outline(entry, { folder, wit });
  const handlers = chooseHandlers(entry, exports, wit);
  const checking = options.check ? checkTypes({ ...options, handlers }) : Promise.resolve();
  const making = makeComponent(options, { handlers, componentizer });
  const [checked, made] = await Promise.allSettled([checking, making]);
  signal?.throwIfAborted();
  // A fault of types explains more than what it breaks later.
  if (checked.status === 'rejected') throw checked.reason;
  if (made.status === 'rejected') throw made.reason;
  return made.value;
}

/** The exports that are handlers. An export that is none would never be called, so it is a fault. */
function chooseHandlers(entry: string, exports: readonly string[], wit: Wit): readonly Handler[] {
  const known = handlersOf(wit);
  const faults: string[] = [];
  const chosen: Handler[] = [];
  for (const name of exports) {
    const handler = known.get(name);
    if (handler) chosen.push(handler);
    else if (name === 'default') faults.push(`${entry} has a default export: export handlers by their names`);
    else faults.push(`${entry} exports "${name}", which nothing calls: ${suggest(name, known.keys())}`);
  }
  if (faults.length > 0) throw fail('BUILD_FAILED', { faults });
  if (chosen.length === 0)
    throw fail('BUILD_NO_HANDLER', { file: entry, handlers: [...known.keys()].toSorted() });
  return chosen;
}

async function makeComponent(
  options: TypeScriptOptions,
  {
    handlers,
    componentizer,
  }: { readonly handlers: readonly Handler[]; readonly componentizer: Componentizer },
): Promise<Made> {
  const { folder, work, entry, wit, tools, signal } = options;
  // QuickJS finds the functions of an interface in an object with the interface's bare name; all event
  // interfaces are called `event`, so they share one.
  const objects = new Map<string, string[]>();
  const exported = new Map<string, Set<string>>();
  for (const { name, face, fn } of handlers) {
    const object = camel(face.name);
    objects.set(object, [...(objects.get(object) ?? []), name]);
    exported.set(face.id, (exported.get(face.id) ?? new Set()).add(fn.name));
  }
  const { code, table, imports, inputs, warnings } = await bundle(entry, objects, { folder, wit });
  const witPath = join(work, 'world.wit');
  const world = templateWorld(worldText(wit, { imports, exports: exported }));
  await replaceFile(witPath, world);
  const source = templateSource(imports, [...objects.keys()]);
  const file = templateFile(work, JSON.stringify([tools, world, source]));
  const task = { witPath, world: WORLD, templateSource: source, template: await file.read(), code };
  const answer = await componentizer.ask(task, signal);
  if (!('component' in answer)) throw await loadFault(answer, { folder, table });
  if (answer.template) await file.write(answer.template);
  return { bytes: new Uint8Array(answer.component), inputs, warnings };
}

/** Code outside of handlers runs while the module is built: what it throws is a fault of the source. */
async function loadFault(
  answer: Exclude<ComponentizeAnswer, { readonly component: Uint8Array }>,
  { folder, table }: { readonly folder: string; readonly table: TraceTable },
): Promise<Error> {
  if ('complaint' in answer)
    return fail('BUILD_TOOL', { tool: 'componentize-qjs' }, new Error(answer.complaint));
  if ('called' in answer) {
    const text = `${answer.called} is called while the module is built: move the call into a handler`;
    return fail('BUILD_FAILED', { faults: [text] });
  }
  const place = firstPlace(table, answer.thrown);
  const text = traceText(table, answer.thrown).trim();
  if (!place) return fail('BUILD_FAILED', { faults: [text] });
  const fault: Fault = { ...place, length: 1, text: `Code outside of handlers threw ${text}` };
  return fail('BUILD_FAILED', {
    faults: [faultText(fault, await readFile(join(folder, place.file), 'utf8'))],
  });
}
