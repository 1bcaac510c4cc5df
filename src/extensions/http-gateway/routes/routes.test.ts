import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttachedModule } from '../../../engine/extension.ts';
import { REPLY, VALIDATE_AUTH } from '../events.ts';
import { authWanted } from './auth.ts';
import { readEndpoints } from './endpoints.ts';
import { type Asked, match } from './match.ts';
import { specificity } from './ranking.ts';

const module = (name: string, ...exports: string[]): AttachedModule => ({
  name,
  id: '01JGFJJZ000000000000000000',
  exports: new Set(exports),
  imports: new Set<string>(),
  config: undefined,
});
const modules = [module('api', REPLY), module('search', REPLY), module('worker')];

const read = (subscriptions: readonly object[], more: object = {}) =>
  readEndpoints(JSON.stringify({ subscriptions, ...more }), modules);
const entry = (path_regex: string, more: object = {}) => ({
  subscription_id: path_regex,
  module_id: 'api',
  path_regex,
  ...more,
});

test('specificity weighs as applications expect', () => {
  const table = {
    hello: 5,
    '^hello$': 15,
    '^foo.*bar$': 3,
    'a|b|c': 1,
    'abc\\d+': -7,
    '.*': -13,
    '^/api/.*$': 0,
    '^/api/users/[0-9]+$': 9,
    '^/api/gateway/v1/config/frontend$': 36,
    '^/api/gateway/v1/cardano/assets/((stake1|stake_test1)[02-9ac-hj-np-z]{53})$': 33,
    '^/api/doc-sync/post$': 24,
    '^/api/gateway/v1/registration(/.*)?$': 19,
    '^/api/gateway/v1/document.*$': 17,
  };
  for (const [pattern, score] of Object.entries(table)) assert.equal(specificity(pattern), score, pattern);
});

const asked = (path: string, more: Partial<Asked> = {}): Asked => ({
  path,
  method: 'GET',
  contentType: undefined,
  ...more,
});
const idOf = (endpoints: ReturnType<typeof read>, request: Asked): string => {
  const target = match(endpoints, request);
  return target.kind === 'route' ? target.route.id : target.kind;
};

test('match takes the most specific route, whatever the order', () => {
  const broad = entry('^/api/.*$');
  const narrow = entry('^/api/users/[0-9]+$');
  for (const order of [
    [broad, narrow],
    [narrow, broad],
  ]) {
    assert.equal(idOf(read(order), asked('/api/users/4')), narrow.subscription_id);
    assert.equal(idOf(read(order), asked('/api/users/x')), broad.subscription_id);
  }
});

test('match keeps equal routes in their order', () => {
  const endpoints = read([
    { ...entry('^/abc$'), subscription_id: 'first' },
    { ...entry('^/abd?$'), subscription_id: 'other' },
    { ...entry('^/abc$'), subscription_id: 'second' },
  ]);
  assert.equal(idOf(endpoints, asked('/abc')), 'first');
});

test('match looks at methods in any case and tells those that would have fitted', () => {
  const endpoints = read([entry('^/hook$', { methods: ['post'] }), entry('^/hook$', { methods: ['PUT'] })]);
  assert.equal(idOf(endpoints, asked('/hook', { method: 'POST' })), '^/hook$');
  assert.deepEqual(match(endpoints, asked('/hook')), { kind: 'static', allow: ['POST', 'PUT'] });
});

test('match looks for a content type anywhere in the header', () => {
  const endpoints = read([entry('^/post$', { content_types: ['application/json', 'text/plain'] })]);
  assert.equal(idOf(endpoints, asked('/post')), 'static');
  assert.equal(idOf(endpoints, asked('/post', { contentType: 'text/html' })), 'static');
  assert.equal(idOf(endpoints, asked('/post', { contentType: 'text/plain; charset=utf-8' })), '^/post$');
  assert.equal(idOf(endpoints, asked('/post', { contentType: 'any' })), '^/post$');
});

test('match leaves /api and below to all modules', () => {
  const endpoints = read([]);
  const kinds = ['/api', '/api/', '/api/a/b', '/apis', '/API', '/', '/index.html', '/a/api/'];
  assert.deepEqual(
    kinds.map((path) => match(endpoints, asked(path)).kind),
    ['modules', 'modules', 'modules', 'static', 'static', 'static', 'static', 'static'],
  );
});

test('readEndpoints accepts the whole format', () => {
  const { faults, routes, immutable } = read(
    [
      entry('^/a$', {
        methods: [],
        content_types: [],
        json_schema: null,
        allowed_origins: ['*', 'https://a.example:8443'],
      }),
    ],
    { static: { immutable: ['/assets/'] }, $schema: 'https://example/endpoints.json' },
  );
  assert.deepEqual(faults, []);
  assert.deepEqual([...(routes[0]?.allowedOrigins ?? [])], ['*', 'https://a.example:8443']);
  assert.deepEqual(immutable, ['/assets/']);
  assert.deepEqual(readEndpoints('{}', modules).faults, []);
});

test('readEndpoints names every fault at once', () => {
  const { faults } = read(
    [
      entry('('),
      { ...entry('^/b$'), module_id: 'serach' },
      { ...entry('^/c$'), module_id: 'worker' },
      { ...entry('^/d$'), metods: ['GET'], methods: 'GET' },
      { ...entry('^/e$'), allowed_origins: ['https://a.example/'], content_types: [''], methods: ['G T'] },
      { ...entry('^/f$'), subscription_id: 7 },
      null as never,
      entry('x'.repeat(1025)),
    ],
    { static: { immutable: ['/', 'assets/', 7], mutable: [] }, rules: [] },
  );
  const places = faults.map((fault) => fault.split(' ')[0]);
  assert.deepEqual(places.sort(), [
    '/rules',
    '/static/immutable/0',
    '/static/immutable/1',
    '/static/immutable/2',
    '/static/mutable',
    '/subscriptions/0/path_regex',
    '/subscriptions/1/module_id',
    '/subscriptions/2/module_id',
    '/subscriptions/3/methods',
    '/subscriptions/3/metods',
    '/subscriptions/4/allowed_origins/0',
    '/subscriptions/4/content_types/0',
    '/subscriptions/4/methods/0',
    '/subscriptions/5/subscription_id',
    '/subscriptions/6',
    '/subscriptions/7/path_regex',
  ]);
  assert.match(faults.join('\n'), /"serach": did you mean "search"\?/);
});

test('readEndpoints refuses what is no list of patterns', () => {
  for (const text of [
    '',
    '[]',
    'null',
    '{"subscriptions":{}}',
    '{"static":[]}',
    '{"static":{"immutable":""}}',
  ]) {
    assert.equal(readEndpoints(text, modules).faults.length, 1, text);
  }
  const many = Array.from({ length: 1001 }, () => entry('^/a$'));
  assert.match(read(many).faults.join(), /too many/);
});

test('authWanted sees each way of asking', () => {
  const level = (default_auth_level: string, auth_rules: unknown = []) =>
    JSON.stringify({ auth_rules, default_auth_level });
  assert.deepEqual(authWanted(undefined, modules), []);
  assert.deepEqual(authWanted('{}', modules), []);
  assert.deepEqual(authWanted(level('none'), modules), []);
  const rule = { path_regex: '^/a', method: 'GET', auth_level: 'none' };
  for (const text of [level('none', [rule]), level('optional'), level('none', {}), '[]', '{']) {
    assert.equal(authWanted(text, modules).length, 1, text);
  }
  assert.match(authWanted(undefined, [module('auth', VALIDATE_AUTH)])[0] ?? '', /"auth" exports/);
});
