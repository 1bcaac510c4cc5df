/**
 * A component that knows everything of a module but its code: QuickJS with the module's world, and one more function
 * that takes the code. It is made once for each world, since that takes seconds; code is put into it in a moment.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFile } from '../replace-file.ts';

/** The function of a template that takes the code and answers what it threw. */
export const LOAD_FUNCTION = 'hermes-load';

/** The function of a template that makes `bigint` of 64 bits, and bits of `bigint`: see `exactIntegers`. */
export const INTEGER_FUNCTION = 'hermes-integer';

/** What `worldText` gives, with the functions of a template. */
export function templateWorld(worldText: string): string {
  const functions = [
    `export ${LOAD_FUNCTION}: func(code: string) -> option<string>;`,
    `export ${INTEGER_FUNCTION}: func() -> s32;`,
  ];
  return worldText.replace('\n}\n', `\n  ${functions.join('\n  ')}\n}\n`);
}

/**
 * The JavaScript of a template. The code finds the interfaces and the objects for its handlers in a global of this
 * moment; what it throws is told with its stack, without the frames of ours.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const source = templateSource(['hermes:json/api'], ['event']);
 * assert.match(source, /^import \* as face0 from 'hermes:json\/api';/);
 * ```
 */
export function templateSource(imports: readonly string[], objects: readonly string[]): string {
  const lines = imports.map((id, n) => `import * as face${n} from '${id}';`);
  const faces = imports.map((id, n) => `'${id}': face${n}`);
  return `${lines.join('\n')}
${objects.map((name) => `export const ${name} = {};`).join('\n')}
const key = Symbol.for('hermes.load');
const load = { interfaces: { ${faces.join(', ')} }, exports: { ${objects.join(', ')} } };
const run = eval;
const hermesLoad = (code) => {
  globalThis[key] = load;
  try {
    run(code);
    return null;
  } catch (error) {
    const stack = String(error?.stack ?? '').split('\\n').filter((line) => !/user\\.js:|\\(native\\)$/.test(line));
    return [String(error), ...stack].join('\\n');
  } finally {
    delete globalThis[key];
  }
};
${INTEGERS}
export { hermesLoad, hermesInteger };
`;
}

/** Numbers without a fraction are taken as well, where they stand for one integer only. */
const INTEGERS = `
const { asIntN, asUintN } = BigInt;
let value = 0n;
const hermesInteger = (first, second, signed) => {
  if (signed !== undefined) return (BigInt(signed ? second : second >>> 0) << 32n) | BigInt(first >>> 0);
  if (second === undefined) return Number(asIntN(32, value >> 32n));
  value = Number.isSafeInteger(first) ? BigInt(first) : first;
  if (typeof value === 'bigint' && (second ? asIntN : asUintN)(64, value) === value) return Number(asIntN(32, value));
  const what = typeof first === 'bigint' || typeof first === 'number' ? String(first) : 'a value of type ' + typeof first;
  throw new RangeError('Cannot pass ' + what + ' as ' + (second ? 's64' : 'u64') + ': pass a bigint within its range');
};`;

/** Where a template waits for the next build. */
export interface TemplateFile {
  /** `undefined` when there is none, or it was made of something else. */
  read(): Promise<Uint8Array | undefined>;
  write(template: Uint8Array): Promise<void>;
}

/** Templates of all modules on this machine: beside the tools that made them, because they hold until those change. */
const SHARED: string = fileURLToPath(
  new URL('../../../node_modules/.cache/hermes/templates', import.meta.url),
);
/** So many are kept there, the newest. */
const MOST_SHARED = 32;

/**
 * The template in a module's `.hermes` folder, and a copy that modules of the same world find. `key` stands for
 * everything that it is made of.
 */
export function templateFile(work: string, key: string, shared: string = SHARED): TemplateFile {
  const path = join(work, 'template.bin');
  const copy = join(shared, `${createHash('sha256').update(key).digest('hex')}.bin`);
  const seal = (bytes: Uint8Array): Buffer => createHash('sha256').update(key).update(bytes).digest();
  const open = async (from: string): Promise<Buffer | undefined> => {
    // What cannot be read is as good as not there: it is made again, and writing it says what is wrong.
    const file = await readFile(from).catch(() => undefined);
    return file && seal(file.subarray(32)).equals(file.subarray(0, 32)) ? file : undefined;
  };
  return {
    async read() {
      const own = await open(path);
      if (own) return own.subarray(32);
      const found = await open(copy);
      if (found) await replaceFile(path, found);
      return found?.subarray(32);
    },
    async write(template) {
      const file = Buffer.concat([seal(template), template]);
      await replaceFile(path, file);
      // Whoever may not write there, as when Hermes was installed for all users, builds each module on its own.
      await share(copy, file).catch(() => undefined);
    },
  };
}

async function share(copy: string, file: Uint8Array): Promise<void> {
  const folder = dirname(copy);
  await mkdir(folder, { recursive: true });
  await replaceFile(copy, file);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.bin'));
  if (names.length <= MOST_SHARED) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.at - a.at).slice(MOST_SHARED);
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { force: true })));
}
