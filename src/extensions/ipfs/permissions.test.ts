import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePermissions } from './permissions.ts';

const ann = '12D3KooWGRUWpRxLdUpNd3UyTEnjcaZBkLFhK6Z2Ym4wKcZCg4Vd';

test('nothing is allowed without permissions', () => {
  const none = parsePermissions(undefined);
  assert.equal(none.topic('board'), undefined);
  assert.equal(none.namespace('notes'), undefined);
  assert.deepEqual([none.topics, none.namespaces], [[], []]);
});

test('a topic has the rule that fits best', () => {
  const rules = parsePermissions({
    topics: [
      '*',
      { topic: 'board/*', authors: [ann] },
      { topic: 'board/cars/*', verdict: 'moderator' },
      'board/cars',
    ],
  });
  assert.equal(rules.topic('votes')?.topic, '*');
  assert.equal(rules.topic('board')?.topic, '*', 'the folder itself is not below itself');
  assert.deepEqual(rules.topic('board/bikes')?.authors, new Set([ann]));
  assert.equal(rules.topic('board/cars')?.topic, 'board/cars');
  assert.equal(rules.topic('board/cars/red')?.verdict, 'moderator');
  assert.equal(rules.topic('board/*')?.topic, 'board/*', 'a name is not taken for the pattern of that name');
});

test('every fault is told at once', () => {
  const permissions = {
    topics: [
      '',
      7,
      { topic: 'a', autors: [] },
      { topic: 'b', authors: ['ann'] },
      { topic: 'c', verdict: 'A B' },
    ],
    namespaces: 'notes',
    topcis: [],
  };
  assert.throws(() => parsePermissions(permissions), {
    code: 'IPFS_PERMISSIONS',
    detail: {
      faults: [
        'ipfs.topcis is unknown: did you mean "topics"?',
        'ipfs.topics[0] must name a topic of 1 to 256 bytes',
        'ipfs.topics[1] must name a topic of 1 to 256 bytes',
        'ipfs.topics[2].autors is unknown: did you mean "authors"?',
        'ipfs.topics[3].authors must be a list of peer ids, as ["12D3KooW…"]',
        'ipfs.topics[4].verdict must be the name of a module',
        'ipfs.namespaces must be a list of names, or of objects with the key "namespace"',
      ],
    },
  });
});

test('a topic is measured in bytes', () => {
  assert.throws(() => parsePermissions({ topics: ['ü'.repeat(129)] }), { code: 'IPFS_PERMISSIONS' });
  assert.equal(parsePermissions({ topics: ['ü'.repeat(128)] }).topics.length, 1);
});
