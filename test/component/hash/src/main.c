// Digests of known texts. Bytes are compared with their hexadecimal digits.
#include <hermes.h>

// result<bstr, errno>
typedef struct {
  uint8_t failed;
  union {
    hermes_string bytes;
    uint8_t error;
  } as;
} digest;

enum { KEY_TOO_BIG, HASH_TOO_BIG, SALT_TOO_BIG, PERSONAL_TOO_BIG, NO_LENGTH };

typedef void plain_hash(const char *, size_t, int32_t some, int32_t length, digest *);
// A key; salt and person, if any, behind the length of the digest.
typedef void keyed_hash(const char *, size_t, int32_t some, int32_t length, const char *key, size_t, int32_t salted,
                        const char *salt, size_t, int32_t personal, const char *person, size_t, digest *);

#define FROM_HASH(name) HERMES_IMPORT("hermes:hash/api", name) extern
FROM_HASH("blake2s") plain_hash raw_blake2s;
FROM_HASH("blake2b") plain_hash raw_blake2b;
FROM_HASH("blake2smac") keyed_hash raw_blake2smac;
FROM_HASH("blake2bmac") keyed_hash raw_blake2bmac;
FROM_HASH("blake3")
void raw_blake3(const char *, size_t, int32_t, int32_t, int32_t, const char *, size_t, digest *);

// A negative length stands for none.
static digest plain(plain_hash *hash, hermes_string text, int length) {
  digest found;
  hash(text.ptr, text.len, length >= 0, length, &found);
  return found;
}

static bool is(digest found, const char *hex) {
  if (found.failed) return false;
  for (size_t i = 0; i < found.as.bytes.len; i++) {
    uint8_t byte = (uint8_t)found.as.bytes.ptr[i];
    if (hex[2 * i] != "0123456789abcdef"[byte >> 4] || hex[2 * i + 1] != "0123456789abcdef"[byte & 15]) return false;
  }
  return hex[2 * found.as.bytes.len] == 0;
}

static bool fails(digest found, int error) { return found.failed && found.as.error == error; }

#define NONE (-1)
#define TEXT HERMES_S("test test")

static bool blake2b_512(void) {
  return is(plain(raw_blake2b, TEXT, 64),
            "8e27b2481dd1fe73d598104c03b1f67da60725abb73cf66e400177d73aee01e7"
            "4b93f55adda27b0ad92e22e284b5e0cc95ad81b04b496bd58c4ae6bca5f56196");
}

static bool blake2b(void) {
  HERMES_CHECK(is(plain(raw_blake2b, TEXT, 32), "7f3dc1170e7017a1643d84d102429c4c7aec4ca99c016c32af18af997fed51f1"));
  HERMES_CHECK(plain(raw_blake2b, TEXT, NONE).as.bytes.len == 64);
  HERMES_CHECK(fails(plain(raw_blake2b, TEXT, 65), HASH_TOO_BIG));
  HERMES_CHECK(fails(plain(raw_blake2b, TEXT, 0), NO_LENGTH));
  return true;
}

static bool blake2s(void) {
  HERMES_CHECK(is(plain(raw_blake2s, HERMES_S("abc"), NONE),
                  "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"));
  HERMES_CHECK(fails(plain(raw_blake2s, TEXT, 33), HASH_TOO_BIG));
  HERMES_CHECK(fails(plain(raw_blake2s, TEXT, 0), NO_LENGTH));
  return true;
}

static const char long_key[65];

static bool blake2bmac(void) {
  digest found;
  raw_blake2bmac(TEXT.ptr, TEXT.len, 0, 0, "key", 3, 0, NULL, 0, 0, NULL, 0, &found);
  HERMES_CHECK(is(found, "c28029cbab4e11d759e971d7e2a13dbe9ef60d2fa539cc03138b0432c3fdb275"
                         "7b6c87383bd1074f5533c0c2ad2a5d2ac71bbd96f0f8fbb4c3ba0d4abb309115"));
  raw_blake2bmac("abc", 3, 1, 20, "key", 3, 1, "salt", 4, 1, "person", 6, &found);
  HERMES_CHECK(is(found, "d1ccb014ed5c917c8764f98efb9b829fd954e9cd"));
  raw_blake2bmac("abc", 3, 1, 65, long_key, 65, 1, long_key, 17, 1, long_key, 17, &found);
  HERMES_CHECK(fails(found, KEY_TOO_BIG));
  raw_blake2bmac("abc", 3, 0, 0, long_key, 64, 1, long_key, 17, 1, long_key, 17, &found);
  HERMES_CHECK(fails(found, SALT_TOO_BIG));
  raw_blake2bmac("abc", 3, 0, 0, long_key, 64, 1, long_key, 16, 1, long_key, 17, &found);
  HERMES_CHECK(fails(found, PERSONAL_TOO_BIG));
  return true;
}

static bool blake2smac(void) {
  digest found;
  raw_blake2smac("abc", 3, 1, 20, "key", 3, 1, "salt", 4, 1, "person", 6, &found);
  HERMES_CHECK(is(found, "5e0b294166df8870565f432c98a7c47c5ae672d9"));
  raw_blake2smac("abc", 3, 1, 33, long_key, 33, 0, NULL, 0, 0, NULL, 0, &found);
  HERMES_CHECK(fails(found, KEY_TOO_BIG));
  raw_blake2smac("abc", 3, 0, 0, long_key, 32, 1, long_key, 9, 0, NULL, 0, &found);
  HERMES_CHECK(fails(found, SALT_TOO_BIG));
  return true;
}

static bool blake3(void) {
  digest found;
  raw_blake3(NULL, 0, 0, 0, 0, NULL, 0, &found);
  HERMES_CHECK(is(found, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"));
  raw_blake3(NULL, 0, 1, 16, 1, "whats the Elvish word for friend", 32, &found);
  HERMES_CHECK(is(found, "92b2b75604ed3c761f9d6f62392c8a92"));
  raw_blake3(NULL, 0, 1, 33, 1, long_key, 33, &found);
  HERMES_CHECK(fails(found, KEY_TOO_BIG));
  return true;
}

HERMES_TESTS({HERMES_S("blake2b-512"), blake2b_512}, {HERMES_S("hermes:hash/api#blake2s"), blake2s},
             {HERMES_S("hermes:hash/api#blake2smac"), blake2smac}, {HERMES_S("hermes:hash/api#blake2b"), blake2b},
             {HERMES_S("hermes:hash/api#blake2bmac"), blake2bmac}, {HERMES_S("hermes:hash/api#blake3"), blake3})

static bool megabyte(void) {
  char *bytes = hermes_alloc(1 << 20);
  return !plain(raw_blake2b, (hermes_string){bytes, 1 << 20}, 32).failed;
}

HERMES_BENCHES({HERMES_S("blake2b-512 of 9 bytes"), blake2b_512}, {HERMES_S("blake2b-256 of 1 MiB"), megabyte})
