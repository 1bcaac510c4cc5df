import { spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pascal } from '../../lib/wit/names.ts';
import { fail } from '../errors.ts';
import { type Fault, faultText } from '../fault.ts';
import { replaceFile } from '../replace-file.ts';
import type { Handler } from '../world.ts';
import { shortPath } from './bundle.ts';

/** What a module's `tsconfig.json` extends; written beside the types. */
export const BASE_CONFIG: string = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'esnext',
      lib: ['es2023', 'esnext.disposable'],
      types: [],
      module: 'esnext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      isolatedModules: true,
      noEmit: true,
      strict: true,
      skipLibCheck: true,
    },
    files: ['types/hermes.d.ts'],
    include: ['../src'],
  },
  undefined,
  2,
)}\n`;

const CHECK = 'check.ts';

export interface CheckOptions {
  /** Absolute path of the module folder. */
  readonly folder: string;
  /** Absolute path of its `.hermes` folder, with `tsconfig.json` and `types/` in it. */
  readonly work: string;
  /** Relative to the folder. */
  readonly entry: string;
  readonly handlers: readonly Handler[];
  readonly signal?: AbortSignal;
}

/**
 * Checks the types of a module's sources, and of its handlers against the WIT, with the installed TypeScript.
 * Throws `BUILD_FAILED` with every fault.
 */
export async function checkTypes(options: CheckOptions): Promise<void> {
  const { folder, work, entry, handlers } = options;
  // One line for each handler: a fault in line n is about the n-th.
  const lines = handlers.map(
    ({ name, fn, face }) => `handlers.${name} satisfies import('${face.id}').${pascal(fn.name)};`,
  );
  lines.push(`import * as handlers from '../${entry}';`);
  await replaceFile(join(work, CHECK), `${lines.join('\n')}\n`);
  const own = await exists(join(folder, 'tsconfig.json'));
  const config = {
    extends: own ? '../tsconfig.json' : './tsconfig.json',
    compilerOptions: { noEmit: true, incremental: false, composite: false },
    files: ['types/hermes.d.ts', CHECK],
    include: [],
  };
  await replaceFile(join(work, 'tsconfig.check.json'), JSON.stringify(config));
  const output = await runTypeScript(join(work, 'tsconfig.check.json'), options);
  const faults = await Promise.all(parseFaults(output).map((fault) => faultOf(fault, options)));
  if (faults.length > 0) throw fail('BUILD_FAILED', { faults });
}

/** The lines that `tsc --pretty false` writes; what follows indented belongs to the line before. */
export function parseFaults(output: string): readonly Fault[] {
  const faults: Fault[] = [];
  for (const line of output.split('\n')) {
    const place =
      /^(?<file>.+?)\((?<line>\d+),(?<column>\d+)\): (?:error|warning) (?<code>TS\d+): (?<text>.*)$/.exec(
        line,
      )?.groups;
    const bare = /^(?:error|warning) (?<code>TS\d+): (?<text>.*)$/.exec(line)?.groups;
    const found = place ?? bare;
    const last = faults.at(-1);
    if (found) {
      faults.push({
        file: place?.['file'],
        line: Number(place?.['line'] ?? 1),
        column: Number(place?.['column'] ?? 1),
        length: 1,
        text: `${found['text']} (${found['code']})`,
      });
    } else if (last && line.startsWith('  '))
      faults[faults.length - 1] = { ...last, text: `${last.text}\n${line}` };
  }
  return faults;
}

async function faultOf(fault: Fault, options: CheckOptions): Promise<string> {
  const { folder, work, entry, handlers } = options;
  if (fault.file === undefined) return fault.text;
  const path = resolve(folder, fault.file);
  const handler = path === join(work, CHECK) ? handlers[fault.line - 1] : undefined;
  if (!handler) {
    const source = await readFile(path, 'utf8');
    const length = /^[\w$]+|^'[^']*'|^"[^"]*"/.exec(
      source.split('\n')[fault.line - 1]?.slice(fault.column - 1) ?? '',
    )?.[0].length;
    return faultText({ ...fault, file: shortPath(folder, path), length: length ?? 1 }, source);
  }
  const source = await readFile(join(folder, entry), 'utf8');
  return faultText({ ...fault, ...findExport(source, handler.name), file: entry }, source);
}

/** Where a module exports this name: in its declaration, or else at the top. */
function findExport(source: string, name: string): Pick<Fault, 'line' | 'column' | 'length'> {
  const match = new RegExp(`^export\\s[^\\n]*?\\b(${name})\\b`, 'm').exec(source);
  if (!match) return { line: 1, column: 1, length: 1 };
  const at = match.index + match[0].length - name.length;
  const before = source.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), length: name.length };
}

async function runTypeScript(config: string, { folder, signal }: CheckOptions): Promise<string> {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const args = [compiler, '-p', config, '--pretty', 'false'];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C on a terminal is for us to hear: the signal ends it then.
    detached: true,
    ...(signal && { signal }),
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  }).catch((cause: unknown) => {
    throw signal?.aborted ? signal.reason : fail('BUILD_TOOL', { tool: 'typescript' }, cause);
  });
  const output = Buffer.concat(chunks).toString('utf8');
  if (status !== 0 && parseFaults(output).length === 0) {
    throw fail('BUILD_TOOL', { tool: 'typescript', status, output: output.slice(0, 4096) });
  }
  return output;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
