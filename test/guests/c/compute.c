// Computes what the path names, so often as the body says, and answers the sum of the results: for measuring what
// fuel costs. No libc.
#include "arena.h"
#include "canon.h"

__attribute__((noinline)) static uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

// A walk through 64 Ki places, each of which says where the next one is.
static uint32_t next[65536];

static uint32_t loads(void) {
  for (uint32_t i = 0; i < 65536; i++) next[i] = (i * 40503u + 1u) & 65535u;
  uint32_t at = 0, sum = 0;
  for (uint32_t i = 0; i < 200000; i++) {
    at = next[at];
    sum += at;
  }
  return sum;
}

static const uint32_t K[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void sha256_block(uint32_t *h, const unsigned char *p) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++, p += 4)
    w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
  for (int i = 16; i < 64; i++) {
    uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  uint32_t v[8];
  __builtin_memcpy(v, h, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + K[i] + w[i];
    uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1;
    v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += v[i];
}

static unsigned char text[32768];

static uint32_t sha256(void) {
  uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
  for (size_t at = 0; at < sizeof text; at += 64) sha256_block(h, text + at);
  return h[0];
}

// A reader of JSON that counts values and adds numbers up.
static const char *json_at;

static void spaces(void) {
  while (*json_at == ' ' || *json_at == '\n') json_at++;
}

static uint32_t json_value(void) {
  spaces();
  uint32_t sum = 1;
  if (*json_at == '{' || *json_at == '[') {
    char close = *json_at == '{' ? '}' : ']';
    do {
      json_at++;
      spaces();
      if (*json_at == close) break;
      sum += json_value();
      if (*json_at == ':') json_at++, sum += json_value();
    } while (*json_at == ',');
    json_at++;
  } else if (*json_at == '"') {
    while (*++json_at != '"')
      if (*json_at == '\\') json_at++;
    json_at++;
  } else {
    uint32_t number = 0;
    while ((*json_at >= '0' && *json_at <= '9') || (*json_at >= 'a' && *json_at <= 'z') || *json_at == '.')
      number = number * 10 + (uint32_t)(*json_at++ - '0');
    sum += number;
  }
  spaces();
  return sum;
}

static char document[20000];

static uint32_t json(void) {
  static const char row[] = "{\"id\": 17, \"name\": \"some \\\"name\\\"\", \"tags\": [\"a\", \"bc\", true], \"price\": 12.5}";
  size_t n = 0;
  document[n++] = '[';
  for (int i = 0; i < 200; i++) {
    if (i) document[n++] = ',';
    for (size_t k = 0; k < sizeof row - 1; k++) document[n++] = row[k];
  }
  document[n++] = ']';
  document[n] = 0;
  json_at = document;
  return json_value();
}

// A backtracking matcher of literals, `.`, `*` and `$`.
static int match_here(const char *pattern, const char *subject);

static int match_star(char c, const char *pattern, const char *subject) {
  do {
    if (match_here(pattern, subject)) return 1;
  } while (*subject && (*subject++ == c || c == '.'));
  return 0;
}

static int match_here(const char *pattern, const char *subject) {
  if (!*pattern) return 1;
  if (pattern[1] == '*') return match_star(*pattern, pattern + 2, subject);
  if (*pattern == '$' && !pattern[1]) return !*subject;
  if (*subject && (*pattern == '.' || *pattern == *subject)) return match_here(pattern + 1, subject + 1);
  return 0;
}

static uint32_t regex(void) {
  static const char subject[] = "The quick brown fox jumps over the lazy dog, again and again, until mail@example.org";
  uint32_t found = 0;
  for (int round = 0; round < 60; round++)
    for (const char *at = subject; *at; at++) found += (uint32_t)match_here("a.*g.*@.*o.g$", at);
  return found;
}

static int is(const char *path, size_t length, const char *name) {
  size_t i = 0;
  while (i < length && name[i] == path[i]) i++;
  return i == length && !name[i];
}

static str_t value[1];
static header_t header[1];
static opt_response_t ret;
static char digits[10];

EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(const char *body, size_t body_len, const header_t *headers, size_t headers_len,
                      const char *path, size_t path_len, const char *method, size_t method_len) {
  (void)headers, (void)headers_len, (void)method, (void)method_len;
  uint32_t times = 0, sum = 0;
  for (size_t i = 0; i < body_len; i++) times = times * 10 + (uint32_t)(body[i] - '0');
  while (times--) {
    if (is(path, path_len, "fib")) sum += fib(22);
    else if (is(path, path_len, "loads")) sum += loads();
    else if (is(path, path_len, "sha256")) sum += sha256();
    else if (is(path, path_len, "json")) sum += json();
    else if (is(path, path_len, "regex")) sum += regex();
    else __builtin_trap();
  }
  size_t n = sizeof digits;
  do digits[--n] = (char)('0' + sum % 10);
  while (sum /= 10);
  value[0] = S("text/plain");
  header[0] = (header_t){ S("content-type"), { value, 1 } };
  ret = (opt_response_t){ 1, { RESPONSE_HTTP, { { 200, { header, 1 }, { digits + n, sizeof digits - n } } } } };
  return &ret;
}

EXPORT("cabi_post_hermes:http-gateway/event#reply") void post_reply(void *unused) {
  (void)unused;
  arena_reset();
}
