/**
 * Runs the C program of test/guests/files on Node's own WASI, over a folder of the host, and prints what it says:
 * `node node-wasi.ts <core module> <folder>`. Whoever starts it limits how large files may become.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [core = '', folder = ''] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', preopens: { '/': folder } });
const imports = wasi.getImportObject() as WebAssembly.Imports;
const instance = new WebAssembly.Instance(new WebAssembly.Module(await readFile(core)), imports);
wasi.initialize(instance);
const { memory } = instance.exports as { readonly memory: WebAssembly.Memory };
const reply = instance.exports['hermes:http-gateway/event#reply'] as (...args: number[]) => number;
const answer = reply(0, 0, 0, 0, 0, 0, 0, 0);
// option<variant { http(record { code, headers, body }), … }>: the body is its last list.
const view = new DataView(memory.buffer);
const [at, length] = [view.getUint32(answer + 20, true), view.getUint32(answer + 24, true)];
process.stdout.write(new Uint8Array(memory.buffer, at, length));
