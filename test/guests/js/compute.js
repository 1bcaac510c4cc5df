// Computes what the path names, so often as the body says, and answers the sum of the results: for measuring what
// fuel costs.
import { utf8 } from './utf8.js';

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

function loads() {
  const next = new Uint32Array(1024);
  for (let i = 0; i < next.length; i++) next[i] = (i * 403 + 1) & 1023;
  let at = 0;
  let sum = 0;
  for (let i = 0; i < 10_000; i++) {
    at = next[at];
    sum += at;
  }
  return sum;
}

/** The rounds of SHA-256 over words that are made up. */
function sha256() {
  let [a, b, c, d, e, f, g, h] = [1, 2, 3, 4, 5, 6, 7, 8];
  const rotate = (x, n) => (x >>> n) | (x << (32 - n));
  for (let i = 0; i < 2_000; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + Math.imul(i, 40503)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  return a >>> 0;
}

const rows = Array.from({ length: 100 }, (_, id) => ({
  id,
  name: `name ${id}`,
  tags: ['a', 'b'],
  price: id / 4,
}));

function json() {
  return JSON.parse(JSON.stringify(rows)).reduce((sum, { id, tags }) => sum + id + tags.length, 0);
}

const text = 'Some text with mail@example.org and other words, 2026-11-22, again and again. '.repeat(20);

function regex() {
  return [...text.matchAll(/\b([\w.]+)@([\w.]+\.\w{2,})\b|(\d{4})-(\d\d)-(\d\d)/g)].length;
}

const work = { fib: () => fib(15), loads, sha256, json, regex };

export const event = {
  reply(body, _headers, path, _method) {
    let sum = 0;
    for (let times = Number(String.fromCharCode(...body)); times > 0; times--) sum += work[path]();
    return { tag: 'http', val: { code: 200, headers: [], body: utf8(String(sum)) } };
  },
};
