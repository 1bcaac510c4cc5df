import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../../src/testkit/index.ts';
import { type Browser, findBrowser, launch, noBrowser } from '../../test/e2e/browser.ts';
import { type Running, start } from '../../test/e2e/support.ts';

const chromium = await findBrowser();
/** Kept, for people who want to see the page. */
const pictures = join(import.meta.dirname, '../../node_modules/.cache/hermes/guestbook');

describe('the page of the guestbook, in Chromium', { skip: !chromium && noBrowser, timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let book: Running;
  let browser: Browser;

  before(async () => {
    const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-guestbook-')));
    book = stack.use(await start(import.meta.dirname, { home: home.path }));
    browser = stack.use(await launch(String(chromium)));
    await mkdir(pictures, { recursive: true });
  });
  after(() => stack.disposeAsync());

  test('loads, posts, shows, keeps over a reload, deletes', async () => {
    await using page = await browser.open(book.url);
    await page.getByText('Nobody has written yet').waitFor();
    await page.getByText('You are the first visitor').waitFor();

    await page.getByLabel('Your name').fill('Ada <b>');
    await page.getByLabel('Message', { exact: true }).fill('One\n<img src=x onerror="document.title = 1">');
    await page.getByRole('button', { name: 'Sign the book' }).click();
    const message = page.getByRole('listitem');
    await message.getByText('just now').waitFor();
    assert.match(String(await message.textContent()), /Ada <b>[\s\S]*One\n<img src=x/, 'shown as text');
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), '');
    assert.equal(await page.getByText('1 message', { exact: true }).count(), 1);

    await page.reload();
    await message.getByText('Ada <b>').waitFor();
    assert.equal(await page.getByLabel('Your name').inputValue(), 'Ada <b>', 'the name is remembered');
    assert.equal(await page.title(), 'Guestbook');

    await page.getByRole('button', { name: 'Delete the message of Ada <b>' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    assert.equal(await message.count(), 1);
    await page.getByRole('button', { name: 'Delete the message of Ada <b>' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Nobody has written yet').waitFor();
    assert.equal((await book.ask('GET', '/api/messages')).text, '{"messages":[]}');
    assert.deepEqual(page.complaints, []);
  });

  test('says what is wrong beside the field, and moves there', async () => {
    await using page = await browser.open(book.url);
    await page.getByLabel('Your name').fill('');
    await page.getByRole('button', { name: 'Sign the book' }).click();
    await page.getByText('Please write your name').waitFor();
    await page.getByText('Please write a message').waitFor();
    const focused = page.locator(':focus');
    assert.equal(await focused.getAttribute('id'), 'name');
    assert.equal(await focused.getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Your name').fill('Ada');
    assert.equal(await page.getByText('Please write your name').count(), 0);
    await page.getByLabel('Message', { exact: true }).fill('x'.repeat(501));
    await page.getByRole('button', { name: 'Sign the book' }).click();
    await page.getByText('1 character too long').waitFor();
    assert.deepEqual(page.complaints, []);
  });

  test('says so when somebody else was faster, and when the engine does not answer', async () => {
    const posted = await book.ask('POST', '/api/messages', { body: { name: 'Ada', text: 'Short-lived' } });
    await using page = await browser.open(book.url);
    await page.getByText('Short-lived').waitFor();
    await book.ask('DELETE', `/api/messages/${posted.json.message.id}`);
    await page.getByRole('button', { name: 'Delete the message of Ada' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('alert').getByText('There is no such message').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByLabel('Message', { exact: true }).fill('Anyone there?');
    await page.getByRole('button', { name: 'Sign the book' }).click();
    await page.getByRole('alert').getByText('does not answer').waitFor();
    assert.equal(
      await page.getByLabel('Message', { exact: true }).inputValue(),
      'Anyone there?',
      'nothing typed is lost',
    );
  });

  test('shows the clock, and looks at it again when it is looked at', async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-guestbook-'));
    const clock = new ManualClock(Temporal.Instant.from('2026-01-01T00:00:30Z'));
    await using own = await start(import.meta.dirname, { home: home.path, clock });
    const minute = async () => {
      await clock.advance({ minutes: 1 });
      while (own.node.metrics.value('hermes_events_queued') > 0) await new Promise(setImmediate);
    };
    await using page = await browser.open(own.url);
    await page.getByText('Just woke up, the clock ticks with the next full minute').waitFor();
    for (const [minutes, words] of [
      [1, '1 minute'],
      [1, '2 minutes'],
      [59, '1 hour 1 minute'],
      [59, '2 hours'],
    ] as const) {
      for (let n = 0; n < minutes; n++) await minute();
      await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
      await page.getByText(new RegExp(`^Awake for ${words}, last tick \\d\\d:\\d\\d`)).waitFor();
    }
    assert.deepEqual(page.complaints, []);
  });

  test('fits a phone and a desk, in light and in dark', async () => {
    const text = `The longest word: ${'x'.repeat(200)}`;
    await book.ask('POST', '/api/messages', { body: { name: 'y'.repeat(60), text } });
    await book.ask('POST', '/api/messages', { body: { name: 'Ada', text: 'Lovely book!' } });
    const papers = new Set<string>();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [320, 1_100]) {
        await using page = await browser.open(book.url);
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        await page.getByText('Lovely book!').waitFor();
        await page.screenshot({ path: join(pictures, `${colorScheme}-${width}.png`), fullPage: true });
        const { scrolls, paper } = await page.evaluate<{ scrolls: number; paper: string }>(
          '({ scrolls: document.documentElement.scrollWidth, paper: getComputedStyle(document.body).backgroundColor })',
        );
        assert.ok(scrolls <= width, `${scrolls} wide in ${width}`);
        papers.add(paper);
      }
    }
    assert.equal(papers.size, 2, 'one background for each scheme');
  });
});
