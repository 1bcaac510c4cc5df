/**
 * From saving a file to the new answer: a real `hermes run --watch` on a copy of the guestbook, types checked, one
 * TypeScript file of one module edited again and again.
 *
 * @module
 */
import { cp, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { start } from '../test/e2e/hermes.ts';
import { type Result, spread } from './measure.ts';
import type { Part } from './part.ts';

const GUESTBOOK = fileURLToPath(new URL('../examples/guestbook/', import.meta.url));
const SOURCE = 'modules/api/src/index.ts';
/** A text of the source that a request brings to light. */
const TEXT = 'Only GET and POST are possible here';
/** Asked this often, so that asking takes little of what is measured. */
const ASK_MS = 10;

export const watchPart: Part = {
  name: 'watch',
  rows: ['watch/save-to-answer'],
  async measure({ quick }) {
    const row = await measureWatch(quick ? 5 : 15);
    const seconds = (row.us.median / 1e6).toFixed(2);
    return { rows: [row], lines: [`A save is answered after ${seconds} s, expected at most 2`] };
  },
};

/** Measures this many saves; microseconds for one. */
async function measureWatch(saves: number): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  const temporary = async () => stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-'))).path;
  const [home, folder] = [await temporary(), await temporary()];
  await cp(GUESTBOOK, folder, { recursive: true });
  const engine = stack.use(start(['run', folder, '--watch', '--port', '0', '--home', home]));
  const [, port = ''] = await engine.until(/guestbook runs at http:\/\/guestbook\.localhost:(\d+)\//);
  const source = await readFile(join(folder, SOURCE), 'utf8');
  if (!source.includes(TEXT)) throw new Error(`Cannot measure: ${SOURCE} does not say ${TEXT}`);

  const times: number[] = [];
  for (let save = 0; save < saves; save++) {
    const text = `Save ${save}`;
    const started = performance.now();
    await writeFile(join(folder, SOURCE), source.replace(TEXT, text));
    while (!(await ask(Number(port))).includes(`"${text}"`)) await sleep(ASK_MS);
    times.push((performance.now() - started) * 1000);
  }
  engine.kill('SIGINT');
  await engine.ended;
  return { name: 'watch/save-to-answer', us: spread(times), blocks: saves, callsPerBlock: 1 };
}

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'guestbook.localhost' };
    const options = { host: '127.0.0.1', port, path: '/api/messages', method: 'PUT', headers, agent: false };
    request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
