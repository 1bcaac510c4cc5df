import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findBrowser, launch, noBrowser } from './browser.ts';
import { type Started, start } from './hermes.ts';

const chromium = await findBrowser();
const manifest = (of: string, more: object) =>
  JSON.stringify({ $schema: `../hermes_${of}_manifest.schema.json`, ...more });
const application = manifest('app', {
  name: 'shop',
  www: 'www',
  modules: [{ package: 'modules/api', name: 'api' }],
});
const source = (answer: string) =>
  `import { json } from 'hermes:guest';\nexport const reply = () => json(${answer});\n`;

/** An application that is written while it runs; its module's source at the start, and while that is built. */
async function watched({ first = source('1'), during }: { first?: string; during?: string } = {}) {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-watch-home-')));
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-watch-')));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  };
  await write('application.json', application);
  await write('modules/api/module.json', manifest('module', { name: 'api' }));
  await write('modules/api/src/index.ts', first);
  await write('www/index.html', '<!doctype html><title>One</title><body><h1>One</h1></body>');
  // Types are checked by the tests of builds.
  const args = ['run', folder.path, '--watch', '--no-check', '--port', '0', '--home', home.path];
  const engine: Started = stack.use(start(args));
  if (during !== undefined) {
    await engine.until(/Building/);
    await write('modules/api/src/index.ts', during);
  }
  const [, port = ''] = await engine.until(/shop runs at http:\/\/shop\.localhost:(\d+)\//);
  const running = stack.move();
  return {
    engine,
    folder: folder.path,
    port,
    write,
    ask: (path: string, enough?: RegExp) => ask(Number(port), path, enough),
    /** Resolves when the terminal has said this once more than now. */
    async said(pattern: RegExp, act: () => Promise<void>): Promise<string> {
      const from = engine.err.length;
      await act();
      await engine.until(new RegExp(`^[\\s\\S]{${from + engine.out.length + 1},}?(${pattern.source})`));
      return engine.err.slice(from);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The body of an answer; of one without end as soon as it says `enough`. */
function ask(port: number, path: string, enough?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: `shop.localhost:${port}` };
    request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (!enough?.test(text)) return;
        resolve(text);
        response.destroy();
      });
      response.on('end', () => resolve(text)).on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

test('a change of sources is served when it is built; one that cannot be built changes nothing', {
  timeout: 240_000,
}, async () => {
  await using shop = await watched();
  assert.equal(await shop.ask('/api'), '1');
  const index = 'modules/api/src/index.ts';
  const text = await shop.said(/Reloaded shop in [\d.]+ s/, () => shop.write(index, source('2')));
  assert.equal(await shop.ask('/api'), '2');
  assert.equal(text.match(/Reloaded/g)?.length, 1);

  const wrong = await shop.said(/shop goes on as it was/, () => shop.write(index, source('1 +')));
  assert.match(wrong, /BUILD_FAILED[\s\S]*src\/index\.ts:2/);
  assert.equal(wrong.match(/BUILD_FAILED/g)?.length, 1, 'it is said once');
  assert.equal(await shop.ask('/api'), '2');
  // As many editors save: beside it, then in its place; what was built last is not built again.
  await shop.said(/Reloaded shop in/, async () => {
    await shop.write(`${index}~`, source('2'));
    await rename(join(shop.folder, `${index}~`), join(shop.folder, index));
  });
  assert.equal(await shop.ask('/api'), '2');

  await shop.said(/shop goes on as it was/, () => rm(join(shop.folder, 'application.json')));
  assert.equal(await shop.ask('/api'), '2');
  await shop.said(/Reloaded shop in/, () => shop.write('application.json', application));
  shop.engine.kill('SIGINT');
  assert.equal((await shop.engine.ended).code, 0);
});

test('the page in a browser reloads itself, and shows a fault until it is mended', {
  skip: !chromium && noBrowser,
  timeout: 240_000,
}, async () => {
  await using shop = await watched();
  await using browser = await launch(String(chromium));
  await using page = await browser.open(`http://shop.localhost:${shop.port}/`);
  await page.getByText('One', { exact: true }).waitFor();
  const csp = `<meta http-equiv="Content-Security-Policy" content="default-src 'self'">`;
  await shop.write('www/index.html', `<!doctype html><title>Two</title>${csp}<body><h1>Two</h1></body>`);
  await page.getByText('Two', { exact: true }).waitFor();
  const index = 'modules/api/src/index.ts';
  await shop.said(/shop goes on as it was/, () => shop.write(index, source('oops oops')));
  await page.getByText('BUILD_FAILED').waitFor();
  assert.match(String(await page.locator('#hermes-fault').textContent()), /oops/);
  await shop.said(/Reloaded shop in/, () => shop.write(index, source('1')));
  await page.locator('#hermes-fault').getByText('BUILD_FAILED').count();
  while ((await page.locator('#hermes-fault').count()) > 0) await new Promise(setImmediate);
  await page.getByText('Two', { exact: true }).waitFor();
  assert.deepEqual(
    page.complaints.filter((text) => !/favicon|404/.test(text)),
    [],
  );
});

test('a fault at the start is shown at the address of the application, and the next save is tried', {
  timeout: 240_000,
}, async () => {
  await using shop = await watched({ first: source('1 +') });
  assert.match(shop.engine.err, /BUILD_FAILED[\s\S]*src\/index\.ts:2[\s\S]*shop starts when that is mended/);
  assert.match(await shop.ask('/'), /does not run yet[\s\S]*\/\.hermes\/watch\.js/);
  assert.match(await shop.ask('/.hermes/watch', /event: fault\ndata: "[^\n]*\n/), /BUILD_FAILED/);
  const index = 'modules/api/src/index.ts';
  await shop.said(/shop still waits/, () => shop.write(index, source('2 +')));
  await shop.said(/Started shop in/, () => shop.write(index, source('3')));
  assert.equal(await shop.ask('/api'), '3');
  // Ctrl-C does not wait for a build.
  await shop.said(/Building/, () => shop.write(index, source('4')));
  const from = shop.engine.err.length;
  shop.engine.kill('SIGINT');
  const { code, err } = await shop.engine.ended;
  assert.equal(code, 0);
  assert.match(err.slice(from), /^Stopping/);
  assert.doesNotMatch(err.slice(from), /Built|Error/);
});

test('what is saved while the application is built for the first time is not missed', {
  timeout: 240_000,
}, async () => {
  await using shop = await watched({ during: source('2') });
  await shop.engine.until(/Reloaded shop in/);
  assert.equal(await shop.ask('/api'), '2');
});
