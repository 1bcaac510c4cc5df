/**
 * Chromium, where there is one: found in the places of Debian and others, driven by playwright-core.
 *
 * What is used of playwright-core is written down here: its own types want those of a browser's page, which must not
 * be known to code that runs in Node.
 *
 * @module
 */
import { access, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Locator {
  waitFor(): Promise<void>;
  click(): Promise<void>;
  fill(text: string): Promise<void>;
  count(): Promise<number>;
  inputValue(): Promise<string>;
  textContent(): Promise<string | null>;
  getAttribute(name: string): Promise<string | null>;
  getByText(text: string): Locator;
}

export interface Exact {
  readonly exact?: boolean;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  close(): Promise<void>;
  title(): Promise<string>;
  locator(selector: string): Locator;
  getByText(text: string | RegExp, options?: Exact): Locator;
  getByLabel(text: string, options?: Exact): Locator;
  getByRole(role: string, options?: Exact & { readonly name?: string }): Locator;
  route(url: string, answer: (route: { abort(): Promise<void> }) => Promise<void>): Promise<unknown>;
  emulateMedia(options: { readonly colorScheme: 'light' | 'dark' }): Promise<void>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  screenshot(options: { readonly path: string; readonly fullPage: boolean }): Promise<unknown>;
  evaluate<T>(expression: string): Promise<T>;
  on(event: 'pageerror', listener: (error: Error) => void): unknown;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): unknown;
}

/** A page that notes what the browser complains about: scripts that throw, content that is refused. */
export type OpenPage = Page & AsyncDisposable & { readonly complaints: readonly string[] };

export interface Browser extends AsyncDisposable {
  open(url: string): Promise<OpenPage>;
}

interface Context {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: {
    launchPersistentContext(
      profile: string,
      options: { readonly executablePath: string; readonly args: readonly string[] },
    ): Promise<Context>;
  };
}

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Chromium is, or `undefined`. */
export async function findBrowser(): Promise<string | undefined> {
  for (const place of places) {
    const found = await access(place).then(
      () => true,
      () => false,
    );
    if (found) return place;
  }
  return undefined;
}

/** Why a test is skipped without one. */
export const noBrowser: string = `no browser at ${places.join(', ')}: install Debian's chromium to run this`;

/** Starts it with a profile of its own, which is removed with it. */
export async function launch(executablePath: string): Promise<Browser> {
  const name: string = 'playwright-core';
  const { chromium } = (await import(name)) as Playwright;
  await using stack = new AsyncDisposableStack();
  const profile = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-chromium-')));
  const context = await chromium.launchPersistentContext(profile.path, { executablePath, args: flags });
  stack.defer(() => context.close());
  const running = stack.move();
  return {
    async open(url) {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (/^(error|warning)$/.test(message.type())) complaints.push(message.text());
      });
      await page.goto(url);
      return Object.assign(page, { complaints, [Symbol.asyncDispose]: () => page.close() });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
