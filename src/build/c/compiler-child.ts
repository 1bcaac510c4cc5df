// The process that `createCompiler` starts: it answers tasks one by one until whoever asks is gone.
import { commands, Exit, runLLVM } from '@yowasp/clang';
import type { Compiled, CompileTask } from './compiler.ts';

// Without arguments it only loads itself; the first command would do so too, and tell its progress on the terminal.
const loaded = runLLVM(undefined, {}, { fetchProgress: () => undefined });

async function compile({ args, files, output }: CompileTask): Promise<Compiled> {
  await loaded;
  const said: Uint8Array[] = [];
  const listen = (bytes: Uint8Array | null): void => {
    if (bytes) said.push(bytes.slice());
  };
  const text = (): string => Buffer.concat(said).toString('utf8');
  try {
    const made = await commands.clang([...args], files, { stdout: listen, stderr: listen });
    const core = made?.[output];
    if (!(core instanceof Uint8Array)) throw new Error(`clang wrote no ${output}: ${text()}`);
    return { core, said: text() };
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    return { core: undefined, said: text() };
  }
}

process.on('message', async (task: CompileTask) => {
  process.send?.(await compile(task));
});
// Whoever asked is gone.
process.once('disconnect', () => process.exit());
