import assert from 'node:assert/strict';
import { access, mkdir, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { singleCall } from '../cli/call/single-call.ts';
import { compile } from '../component/index.ts';
import { createCollector } from '../telemetry/collector.ts';
import { buildModule, type ModuleBuildOptions } from './build-module.ts';
import { readWitFolders } from './wit-files.ts';

const FOLDERS = ['binary', 'cbor', 'json', 'logging', 'init', 'kv-store', 'http-gateway'];
const wit = await readWitFolders([
  ...FOLDERS.map((name) => new URL(`../extensions/${name}/wit/`, import.meta.url)),
  new URL('../../wit/', import.meta.url),
]);

/** A module folder with these files, gone at the end of the scope. */
async function moduleOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hermes-build-'));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  return {
    path: folder.path,
    write,
    build: (options: Partial<ModuleBuildOptions> = {}) => buildModule(folder.path, { wit, ...options }),
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

/** The faults that a build of this source is refused with. */
async function faultsOf(source: string, options?: Partial<ModuleBuildOptions>): Promise<readonly string[]> {
  await using module = await moduleOf({ 'src/index.ts': source });
  let faults: readonly string[] = [];
  await assert.rejects(module.build(options), (error: any) => {
    assert.equal(error.code, 'BUILD_FAILED');
    faults = error.detail.faults;
    return true;
  });
  return faults;
}

const HANDLER = 'export const init = (): boolean => true;\n';

/** The handlers of the first module below: modules of one world share a template, and making one takes seconds. */
const BOTH = `${HANDLER}export const reply = () => undefined;\n`;

describe('a module in TypeScript', { concurrency: 2 }, () => {
  it('becomes a component that exports its handlers and imports what it uses', async () => {
    await using module = await moduleOf({
      'src/index.ts': `
        import { kvGet } from 'hermes:kv-store/api';
        import { json } from 'hermes:guest';
        import type { Reply } from 'hermes:http-gateway/event';
        import { greeting } from './greeting.ts';
        export const reply: Reply = (_body, _headers, path) => {
          console.log('asked', { path });
          const found = kvGet('name');
          return json({ greeting, name: found?.tag === 'kv-string' ? found.val : crypto.randomUUID() });
        };
        export function init(): boolean { return true; }`,
      'src/greeting.ts': `export const greeting: string = 'héllo';`,
    });
    const { bytes, cached, warnings } = await module.build();
    assert.deepEqual([cached, warnings], [false, []]);
    const component = await compile(bytes);
    const exports = component.exports.map(({ name }) => name).filter((name) => name.includes('#'));
    assert.deepEqual(exports.toSorted(), ['hermes:http-gateway/event#reply', 'hermes:init/event#init']);
    const imports = component.imports.map(({ name }) => name).filter((name) => name.startsWith('hermes:'));
    assert.ok(imports.includes('hermes:kv-store/api') && imports.includes('hermes:logging/api'));

    const again = await module.build();
    assert.equal(again.cached, true);
    assert.deepEqual(again.bytes, bytes);
  });

  it('may be built by several at once', async () => {
    await using module = await moduleOf({ 'src/index.ts': HANDLER });
    await module.build({ check: false }); // makes the template
    const building = Array.from({ length: 2 }, () => module.build({ fresh: true, check: false }));
    for (const { bytes } of await Promise.all(building)) await compile(bytes);
  });

  it('is refused for a wrong type, with file, line and source line', async () => {
    const [first, second] = await faultsOf(
      `const a: number = 'x';\nexport function init(): string { return String(a); }`,
    );
    assert.equal(
      first,
      `src/index.ts:2:17 Type '() => string' does not satisfy the expected type 'Init'. (TS1360)\n` +
        `    Type 'string' is not assignable to type 'boolean'.\n`.replace(/^ {2}/, '') +
        `  2 | export function init(): string { return String(a); }\n    |                 ^^^^`,
    );
    assert.equal(
      second,
      `src/index.ts:1:7 Type 'string' is not assignable to type 'number'. (TS2322)\n` +
        `  1 | const a: number = 'x';\n    |       ^`,
    );
  });

  it('is built with wrong types when they are not checked', async () => {
    await using module = await moduleOf({
      'src/index.ts': `const a: number = 'x';\nexport const init = () => Boolean(a);`,
    });
    assert.ok((await module.build({ check: false })).bytes.length > 100_000);
  });

  it('is refused for a syntax error', async () => {
    const [fault] = await faultsOf('export function init() {\n  return tru e;\n}');
    assert.equal(
      fault,
      'src/index.ts:2:14 Expected ";" but found "e"\n  2 |   return tru e;\n    |              ^',
    );
  });

  it('is refused for unknown imports, each named with what is near', async () => {
    const faults = await faultsOf(
      `import { kvGet } from 'hermes:kv-stor/api';\nimport { readFile } from 'node:fs';\nimport x from './nope.ts';\n` +
        'export const init = () => Boolean(kvGet && readFile && x);',
    );
    assert.equal(faults.length, 3);
    assert.match(faults.join('\n'), /"hermes:kv-stor\/api": did you mean "hermes:kv-store\/api"\?/);
    assert.match(faults.join('\n'), /src\/index\.ts:2:26 Cannot use "node:fs": a module runs without Node/);
    assert.match(faults.join('\n'), /Could not resolve "\.\/nope\.ts"/);
  });

  it('is refused for exports that nothing calls', async () => {
    const faults = await faultsOf(`${HANDLER}export const replay = 1;\nexport default 2;`);
    assert.deepEqual(faults, [
      'src/index.ts has a default export: export handlers by their names',
      'src/index.ts exports "replay", which nothing calls: did you mean "reply"?',
    ]);
  });

  it('is refused without a handler', async () => {
    await using module = await moduleOf({ 'src/index.ts': 'const a = 1;\nexport {};\nvoid a;' });
    await assert.rejects(module.build(), { code: 'BUILD_NO_HANDLER' });
  });

  it('is refused for what its code outside of handlers throws, with the place in TypeScript', async () => {
    const [fault] = await faultsOf(
      `interface A { b: number }\nfunction f(_: A): void {\n  throw new Error('too early');\n}\nf({ b: 1 });\n${HANDLER}`,
    );
    assert.match(fault!, /^src\/index\.ts:3:\d+ Code outside of handlers threw Error: too early/);
    assert.match(fault!, /at <anonymous> \(src\/index\.ts:5:\d+\)/);
    assert.match(fault!, /\n {2}3 \| {3}throw new Error\('too early'\);\n/);
  });

  it('is refused for calling the host outside of handlers', async () => {
    const [fault] = await faultsOf(`import { kvGet } from 'hermes:kv-store/api';\nkvGet('x');\n${BOTH}`);
    assert.match(fault!, /^hermes:kv-store\/api#kv-get is called while the module is built/);
    const [logged] = await faultsOf(`console.log('x');\n${HANDLER}`);
    assert.match(
      logged!,
      /^src\/index\.ts:1:\d+ Code outside of handlers threw Error: Cannot use console here/,
    );
  });

  it('is refused for waiting outside of handlers, and for functions that an interface lacks', async () => {
    const [waits] = await faultsOf(`await null;\n${HANDLER}`, { check: false });
    assert.match(waits!, /^src\/index\.ts:1:1 Code outside of handlers cannot wait: .* take "await" away\n/);
    const source = `import { kvGte } from 'hermes:kv-store/api';\nexport const init = () => Boolean(kvGte('x'));`;
    const [unknown] = await faultsOf(source, { check: false });
    assert.match(
      unknown!,
      /^src\/index\.ts:1:10 No matching export in "hermes:kv-store\/api" for import "kvGte"/,
    );
  });

  it('is put into the template of its world, which is made once', async () => {
    await using module = await moduleOf({ 'src/index.ts': HANDLER });
    const build = async (text: string): Promise<unknown> => {
      await module.write('src/index.ts', text);
      const { bytes } = await module.build({ check: false });
      const component = await compile(bytes);
      assert.deepEqual(
        component.exports.map(({ name }) => name).filter((name) => name !== 'init'),
        ['hermes:init/event#init'],
      );
      const call = { export: 'hermes:init/event#init', args: [], log: createCollector() };
      return (await singleCall({ component: bytes, module: 'm', app: 'a', home: undefined, ...call })).value;
    };
    // What code outside of handlers leaves behind is there in every instance.
    const counting = (n: number) => `let n = ${n}; n += 1;\nexport const init = () => n++ === 3 && strict();
      function strict(): boolean { return (function (this: unknown) { return this; })() === undefined; }`;
    assert.equal(await build(counting(2)), true);
    const { ino } = await stat(join(module.path, '.hermes/template.bin'));
    assert.equal(await build(counting(5)), false);
    assert.equal(await build(counting(2)), true);
    assert.equal((await stat(join(module.path, '.hermes/template.bin'))).ino, ino, 'it was not made again');
    await writeFile(join(module.path, '.hermes/template.bin'), 'something else');
    assert.equal(await build(counting(5)), false);
    assert.ok((await stat(join(module.path, '.hermes/template.bin'))).size > 1_000_000);
  });

  it('keeps to the tsconfig.json of its folder', async () => {
    await using module = await moduleOf({
      'src/index.ts': 'export function init(unused?: number): boolean { return true; }',
      'tsconfig.json':
        '{ "extends": "./.hermes/tsconfig.json", "compilerOptions": { "noUnusedParameters": true } }',
    });
    await assert.rejects(module.build(), { code: 'BUILD_FAILED' });
    // What an editor reads.
    await access(join(module.path, '.hermes/types/hermes.d.ts'));
  });
});

describe('a module folder', () => {
  it('is refused without sources, and when it is not there', async () => {
    await using module = await moduleOf({ 'module.json': '{}' });
    await assert.rejects(module.build(), { code: 'BUILD_NO_SOURCE' });
    await assert.rejects(buildModule(join(module.path, 'nowhere'), { wit }), { code: 'BUILD_NO_SOURCE' });
  });

  it('gets types that TypeScript takes without a word', async () => {
    const { guestTypes } = await import('./typescript/guest-types.ts');
    const { readWit } = await import('../lib/wit/read.ts');
    const { checkTypes, BASE_CONFIG } = await import('./typescript/check.ts');
    await using module = await moduleOf({
      'src/index.ts': 'export {};',
      '.hermes/types/hermes.d.ts': guestTypes(readWit(wit)),
      '.hermes/tsconfig.json': BASE_CONFIG.replace('"skipLibCheck": true', '"skipLibCheck": false'),
    });
    const work = join(module.path, '.hermes');
    await checkTypes({ folder: module.path, work, entry: 'src/index.ts', handlers: [] });
    assert.match(
      await readFile(join(work, 'types/hermes.d.ts'), 'utf8'),
      /declare module 'hermes:kv-store\/api'/,
    );
  });
});
