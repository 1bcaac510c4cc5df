import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { findBrowser, launch, noBrowser } from '../../test/e2e/browser.ts';
import { ask } from '../../test/e2e/support.ts';
import { type Engine, type Engines, startEngines } from './engines.ts';

interface Note {
  readonly by: string;
  readonly number: number;
  readonly name: string;
  readonly text: string;
}

const chromium = await findBrowser();
/** Kept, for people who want to see the page. */
const pictures = join(import.meta.dirname, '../../node_modules/.cache/hermes/noticeboard');

describe('the notice board on three engines, one of them a stranger', { timeout: 200_000 }, () => {
  const stack = new AsyncDisposableStack();
  let running: Engines;
  let [one, two, stranger]: readonly Engine[] = [];

  before(async () => {
    const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-noticeboard-')));
    const options = { folder: folder.path, port: 0, names: ['one', 'two'], stranger: 'stranger' };
    running = stack.use(await startEngines(options));
    [one, two, stranger] = running.engines;
  });
  after(() => stack.disposeAsync());

  const request = (engine: Engine | undefined, method: string, body?: unknown) => {
    const { port } = new URL(engine?.url ?? '');
    const at = { port: Number(port), host: 'noticeboard.localhost', method, path: '/api/notes' };
    return ask(at, body === undefined ? {} : { body });
  };
  const notesOf = async (engine: Engine | undefined): Promise<readonly Note[]> =>
    (await request(engine, 'GET')).json.notes;
  /** The texts on a board, as soon as this one is among them. */
  const textsWith = async (engine: Engine | undefined, text: string): Promise<readonly string[]> => {
    for (;;) {
      const texts = (await notesOf(engine)).map((note) => note.text);
      if (texts.includes(text)) return texts;
      await pause(50);
    }
  };
  const post = async (engine: Engine | undefined, text: string): Promise<Note> => {
    const answer = await request(engine, 'POST', { name: engine?.name, text });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.note;
  };

  test('a note of one is on the board of the other, under the name of its engine', async () => {
    const note = await post(one, 'first light');
    assert.equal(note.by, one?.peer);
    await textsWith(two, 'first light');
    assert.deepEqual((await notesOf(two))[0], note);
    await post(two, 'seen');
    assert.deepEqual(await textsWith(one, 'seen'), ['seen', 'first light']);
    assert.equal((await request(two, 'GET')).json.me, two?.peer);
  });

  test('what a stranger writes is refused by both, and what others write still arrives', async () => {
    // Until the stranger is there and hears it; then what it says has its way as well.
    do {
      await post(one, 'for everybody');
      await pause(200);
    } while ((await notesOf(stranger)).length === 0);
    await post(stranger, 'buy my tonic');
    await post(stranger, 'really, buy it');
    await post(two, 'last');
    for (const engine of [one, two])
      assert.ok(
        !(await textsWith(engine, 'last')).some((text) => text.includes('buy')),
        String(engine?.name),
      );
  });

  test('what does not fit is refused with the field and the reason', async () => {
    const before = await notesOf(one);
    const { status, json } = await request(one, 'POST', { name: 'Ada', text: 'x'.repeat(281) });
    assert.equal(status, 400);
    assert.deepEqual(json, {
      error: { message: 'The text has 281 characters, 280 are possible', field: 'text' },
    });
    assert.deepEqual(await notesOf(one), before);
  });

  test('the page shows what others pin up', { skip: !chromium && noBrowser }, async () => {
    await using browser = await launch(String(chromium));
    await using page = await browser.open(two?.url ?? '');
    await post(one, 'Kettle is on.\nBring cups.');
    const note = page.getByRole('listitem').getByText('Kettle is on.');
    await note.waitFor();
    assert.equal(await note.textContent(), 'Kettle is on.\nBring cups.');
    const from = page.getByText(`…${one?.peer.slice(-6)}`);
    assert.ok((await from.count()) > 0, 'says which engine it came from');
    await page.getByLabel('Your name').fill('Bea <i>');
    await page.getByLabel('Note', { exact: true }).fill('On my way');
    await page.getByRole('button', { name: 'Pin it up' }).click();
    await page.getByRole('listitem').getByText('On my way').waitFor();
    await textsWith(one, 'On my way');
    await page.getByRole('button', { name: 'Pin it up' }).click();
    await page.getByText('The text is empty').waitFor();
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, 'board.png'), fullPage: true });
    assert.deepEqual(page.complaints, [
      'Failed to load resource: the server responded with a status of 400 (Bad Request)',
    ]);
  });
});
