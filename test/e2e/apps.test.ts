import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { APP, folderOf } from '../../src/package/fixtures/folder.ts';
import { hermes, start } from './hermes.ts';
import { ask } from './support.ts';

const site = (name: string, text: string) =>
  folderOf({ 'application.json': { ...APP, name, www: 'www' }, 'www/index.html': text });

it('hermes load, reload and unload change what a running engine serves', async () => {
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'hermes-apps-'));
  const home = join(temporary.path, 'home');
  const [shop, forum] = [await site('shop', 'Shop'), await site('forum', 'Forum')];
  await using engine = start(['run', shop, '--port', '0', '--home', home]);
  const [, port] = await engine.until(/^shop runs at \S+:(\d+)\/$/m);
  const get = async (app: string): Promise<number> => {
    const at = { port: Number(port), host: `${app}.localhost`, method: 'GET', path: '/' };
    return (await ask(at)).status;
  };
  const run = (...args: string[]) => hermes([...args, '--home', home]);

  assert.equal(await get('forum'), 404);
  const loaded = await run('load', forum);
  assert.deepEqual([loaded.code, loaded.err], [0, '']);
  assert.match(loaded.out, /^Loaded forum \S+ in \d+\.\d s\n$/);
  assert.equal(await get('forum'), 200);
  const twice = await run('load', forum);
  assert.equal(twice.code, 1);
  assert.match(twice.err, /^Error APP_EXISTS: /);

  await writeFile(join(forum, 'application.json'), '{');
  const both = await run('reload', '--json');
  assert.equal(both.code, 1);
  assert.match(both.err, /^Error APP_INVALID: [\s\S]*application\.json/);
  const { apps, refused } = JSON.parse(both.out) as { apps: { app: string }[]; refused: number };
  assert.deepEqual([apps.map(({ app }) => app), refused], [['shop'], 1]);
  assert.equal(await get('forum'), 200, 'the old version serves');
  assert.match((await run('reload', 'shop')).out, /^Reloaded shop \S+ in \d+\.\d s\n$/);

  const wrong = await run('unload', 'fourm');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^Error APP_UNKNOWN: .*\n {2}app: fourm\n {2}hint: did you mean "forum"\?\n$/);
  assert.match((await run('unload', 'forum')).out, /^Unloaded forum in \d+\.\d s: nothing was under way\n$/);
  assert.equal(await get('forum'), 404);
  const json = await run('unload', 'shop', '--json', '--seconds', '1');
  assert.deepEqual(JSON.parse(json.out).ended, { waiting: 0, running: 0 });
  assert.match((await run('reload')).err, /^No application is loaded\n$/);

  engine.kill('SIGINT');
  assert.equal((await engine.ended).code, 0);
  for (const command of [['load', shop], ['reload'], ['reload', 'shop'], ['unload', 'shop']]) {
    const gone = await run(...command);
    assert.deepEqual([gone.code, gone.out], [1, ''], command.join(' '));
    assert.match(gone.err, /^Error ENGINE_NOT_RUNNING: /);
  }
});

it('they say how they are used', async () => {
  for (const [args, fault] of [
    [['load'], /the folder of an application is missing/],
    [['load', 'a', 'b'], /"b" is one word too many/],
    [['unload'], /the name of an application is missing/],
    [['unload', 'a', '--seconds', 'soon'], /--seconds must be a number from 0 to 3600; found "soon"/],
    [['reload', '--jsno'], /--jsno is unknown: did you mean "--json"\?/],
  ] as const) {
    const { code, err } = await hermes(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, fault);
  }
});
