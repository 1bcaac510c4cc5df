import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type GuestHalf, type GuestImports, Remote, type RuntimeExtension } from '../engine/extension.ts';
import { isCoded } from '../lib/errors.ts';
import type { WitInterface, WitPart } from '../lib/wit/model.ts';
import { camel, pascal } from '../lib/wit/names.ts';
import { parseWit } from '../lib/wit/parse.ts';
import { fakeApp } from './app.ts';
import { fakeContext } from './context.ts';

export interface ComplianceOptions {
  /** A configuration that the extension accepts on any machine: a gateway listens on port 0. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Registers the tests that every extension owes the engine; each extension's test calls it once, as
 * `complies(cron)`. It lives in the folder of its name; the guest half offers exactly the functions of the WIT;
 * every remote function has an answer; it stops clean, once or twice, and refuses configuration that it does not
 * know.
 *
 * `create` is called anew for each test, so that two of one extension share nothing.
 */
export function complies(create: () => RuntimeExtension, { config }: ComplianceOptions = {}): void {
  const { name } = create();
  test(`${name}: lives in the folder of its name`, () => {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(create().guest.pathname, new RegExp(`/${name}/guest\\.[jt]s$`));
  });

  test(`${name}: gives guests the functions of its WIT, no more and no fewer`, async () => {
    const { guest } = create();
    assert.deepEqual(offered(await importsOf(guest)), declared(await witOf(guest)));
  });

  test(`${name}: answers every remote function`, async () => {
    await using context = fakeContext({ config });
    const extension = create();
    await using service = await extension.start(context);
    await using binding = await service.attach(fakeApp());
    for (const functions of Object.values(await importsOf(extension.guest))) {
      for (const [key, value] of Object.entries(functions)) {
        if (!(value instanceof Remote)) continue;
        assert.equal(typeof binding.calls[value.method], 'function', `${key} asks for "${value.method}"`);
      }
    }
  });

  test(`${name}: stops clean, once or twice`, async () => {
    await using context = fakeContext({ config });
    const service = await create().start(context);
    const binding = await service.attach(fakeApp());
    await binding.start?.();
    binding.ready?.();
    await binding[Symbol.asyncDispose]();
    await binding[Symbol.asyncDispose]();
    await service.close?.();
    await service[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    assert.equal(context.clock.sleeping, 0, 'nothing sleeps after disposal');
  });

  test(`${name}: refuses configuration that it does not know`, async () => {
    await using context = fakeContext({ config: { ...config, 'no-such-key': 1 } });
    await assert.rejects(
      async () => {
        await using _ = await create().start(context);
      },
      (error) => isCoded(error) && error.blame === 'operator',
    );
  });
}

async function importsOf(guest: URL): Promise<GuestImports> {
  const half = (await import(guest.href)) as { readonly guest: GuestHalf };
  return half.guest.imports();
}

/** The packages in an extension's `wit` folder; what they use of other packages is not looked at. */
async function witOf(guest: URL): Promise<readonly WitPart[]> {
  const folder = new URL('./wit/', guest);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.wit')).sort();
  const parts: WitPart[] = [];
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8');
    parts.push(...parseWit(text, `wit/${name}`, parts[0]?.package));
  }
  return parts;
}

/** Every name that guests may import, as `hermes:kv-store/api#kvGet` and `…#Cell.get`. */
function declared(parts: readonly WitPart[]): string[] {
  const exported = new Set(parts.flatMap(({ worlds }) => worlds.flatMap((world) => world.exports)));
  return parts
    .flatMap(({ interfaces }) => interfaces)
    .filter(({ id }) => !exported.has(id))
    .flatMap(namesIn)
    .sort();
}

function namesIn({ id, functions, types }: WitInterface): string[] {
  const found = [id, ...functions.keys().map((name) => `${id}#${camel(name)}`)];
  for (const { name, definition } of types.values()) {
    if (definition.kind !== 'resource') continue;
    const resource = `${id}#${pascal(name)}`;
    found.push(resource);
    for (const method of definition.methods) found.push(`${resource}.${camel(method.name)}`);
    for (const method of definition.statics) found.push(`${resource}.static ${camel(method.name)}`);
  }
  return found;
}

function offered(imports: GuestImports): string[] {
  return Object.entries(imports)
    .flatMap(([path, functions]) => [
      path,
      ...Object.entries(functions).flatMap(([name, value]) =>
        /^[A-Z]/.test(name) ? [`${path}#${name}`, ...members(`${path}#${name}`, value)] : [`${path}#${name}`],
      ),
    ])
    .sort();
}

function members(path: string, resource: unknown): string[] {
  const own = (of: object): string[] => Object.getOwnPropertyNames(of).filter((name) => /^[a-z]/.test(name));
  const { prototype, ...rest } = Object.getOwnPropertyDescriptors(resource as Function);
  return [
    ...own(prototype?.value as object)
      .filter((name) => name !== 'constructor')
      .map((name) => `${path}.${name}`),
    ...own(rest)
      .filter((name) => name !== 'length' && name !== 'name')
      .map((name) => `${path}.static ${name}`),
  ];
}
