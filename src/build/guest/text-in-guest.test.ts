/** `TextEncoder` and `TextDecoder` stand on functions of QuickJS that Node has, too; this asks those of QuickJS. */
import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compile, createLinker, type HostResource, type InstancePre } from '../../component/index.ts';
import { buildModule } from '../build-module.ts';
import { readWitFolders } from '../wit-files.ts';

/** Decodes its body, or takes UTF-16 from its path, and encodes what it has. */
const source = `
  import type { Reply } from 'hermes:http-gateway/event';
  export const init = (): boolean => true;
  export const reply: Reply = (body, _headers, path) => {
    const units = path.split(',').filter(Boolean).map((unit) => parseInt(unit, 16));
    const text = units.length > 0 ? String.fromCharCode(...units) : new TextDecoder().decode(body);
    return { tag: 'http', val: { code: 200, headers: [], body: new TextEncoder().encode(text) } };
  };`;

async function linked(): Promise<InstancePre> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-utf8-'));
  await mkdir(join(folder.path, 'src'));
  await writeFile(join(folder.path, 'src/index.ts'), source);
  const wit = await readWitFolders([
    ...['binary', 'cbor', 'json', 'logging', 'init', 'kv-store', 'http-gateway'].map(
      (name) => new URL(`../../extensions/${name}/wit/`, import.meta.url),
    ),
    new URL('../../../wit/', import.meta.url),
  ]);
  const { bytes } = await buildModule(folder.path, { wit });
  const component = await compile(bytes);
  const linker = createLinker();
  for (const { name, functions, resources } of component.imports)
    linker.define(name, {
      ...nothing(functions),
      ...Object.fromEntries(resources.map((one) => resource(one, functions))),
    });
  return linker.link(component);
}

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Functions that do nothing, as the guest calls none of them. */
function nothing(functions: readonly { readonly name: string }[]): Record<string, () => undefined> {
  return Object.fromEntries(functions.map(({ name }) => [camel(name), () => undefined]));
}

function resource(name: string, functions: readonly { readonly name: string }[]): [string, HostResource] {
  const methods = functions.filter((one) => one.name.startsWith(`[method]${name}.`));
  const own = methods.map((one) => ({ name: one.name.slice(one.name.indexOf('.') + 1) }));
  const made = class {};
  Object.assign(made.prototype, nothing(own));
  return [camel(`-${name}`), made];
}

test('guests encode and decode as Node does, long texts too', async () => {
  const pre = await linked();
  const reply = (body: Uint8Array, path: string): Buffer => {
    using instance = pre.acquire();
    const answer: any = instance.call('hermes:http-gateway/event#reply', [body, [], path, 'POST']);
    return Buffer.from(answer.val.body);
  };
  const texts = ['', 'plain', 'q\0\x7f"%+/=', 'é€😀\ufeff', 'a'.repeat(3_000_000), 'aé€😀'.repeat(50_000)];
  for (const text of texts)
    assert.ok(reply(Buffer.from(text), '').equals(Buffer.from(text)), text.slice(0, 20));
  for (const bytes of [
    [0xff],
    [0x41, 0xc3],
    [0xe2, 0x82, 0x41],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xef, 0xbb, 0xbf, 0x41],
  ])
    assert.deepEqual(
      reply(Uint8Array.from(bytes), ''),
      Buffer.from(new TextDecoder().decode(Uint8Array.from(bytes))),
    );
  for (const units of ['d83d', 'd83d,de00', 'de00,d83d,41', '41,dfff', '7f,80,7ff,800,ffff'])
    assert.deepEqual(
      reply(new Uint8Array(), units),
      Buffer.from(
        new TextEncoder().encode(String.fromCharCode(...units.split(',').map((unit) => parseInt(unit, 16)))),
      ),
    );
});
