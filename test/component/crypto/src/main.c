// A known phrase and its keys.
#include <hermes.h>

typedef struct {
  uint64_t words[4];
} public_key;
typedef struct {
  uint64_t words[8];
} signature;

// result<mnemonic-phrase, errno>
typedef struct {
  uint8_t failed;
  union {
    hermes_strings words;
    uint8_t error;
  } as;
} phrase;

enum { PREFIX_TOO_LONG, BAD_LENGTH, NO_WORD, UNSUPPORTED = 6 };

#define FROM_CRYPTO(name) HERMES_IMPORT("hermes:crypto/api", name) extern
FROM_CRYPTO("generate-mnemonic")
void generate(int32_t size, const hermes_string *prefix, size_t length, int32_t some, const char *language,
              size_t language_length, phrase *);
FROM_CRYPTO("[constructor]bip32-ed25519")
int32_t create(const hermes_string *words, size_t length, int32_t some, const hermes_string *passphrase, size_t);
FROM_CRYPTO("[method]bip32-ed25519.public-key") void get_public_key(int32_t key, public_key *);
FROM_CRYPTO("[method]bip32-ed25519.sign-data") void sign(int32_t key, const char *, size_t, signature *);
FROM_CRYPTO("[method]bip32-ed25519.check-sig")
int32_t check(int32_t key, const char *, size_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
              uint64_t);
FROM_CRYPTO("[method]bip32-ed25519.derive") int32_t derive(int32_t key, const char *path, size_t);
FROM_CRYPTO("[resource-drop]bip32-ed25519") void drop(int32_t key);

static const hermes_string sentence =
    HERMES_S("prevent company field green slot measure chief hero apple task eagle sunset endorse dress seed");

static int32_t known_key(void) { return create(&sentence, 1, 0, NULL, 0); }

static bool equal_keys(int32_t a, int32_t b) {
  public_key first, second;
  get_public_key(a, &first);
  get_public_key(b, &second);
  for (int i = 0; i < 4; i++)
    if (first.words[i] != second.words[i]) return false;
  return true;
}

static bool is_valid(int32_t key, hermes_string data, signature s) {
  return check(key, data.ptr, data.len, s.words[0], s.words[1], s.words[2], s.words[3], s.words[4], s.words[5],
               s.words[6], s.words[7]);
}

static bool generate_mnemonic(void) {
  const hermes_string prefix = HERMES_S("project");
  phrase made;
  generate(24, &prefix, 1, 1, "English", 7, &made);
  HERMES_CHECK(!made.failed);
  HERMES_CHECK(made.as.words.len == 24);
  HERMES_CHECK(hermes_starts_with(made.as.words.ptr[0], prefix));
  return true;
}

static bool bip32(void) {
  public_key found;
  get_public_key(known_key(), &found);
  HERMES_CHECK(found.words[0] == 3986768884739312704u);
  HERMES_CHECK(found.words[1] == 9782938079688165927u);
  HERMES_CHECK(found.words[2] == 7977656244723921923u);
  HERMES_CHECK(found.words[3] == 12587033252467133758u);
  return true;
}

static bool generate_all(void) {
  HERMES_CHECK(generate_mnemonic());
  const hermes_string words[4] = {HERMES_S("zoo"), HERMES_S("zoo"), HERMES_S("zoo"), HERMES_S("nix")};
  phrase made;
  generate(12, words, 3, 0, NULL, 0, &made);
  HERMES_CHECK(!made.failed);
  HERMES_CHECK(made.as.words.len == 12);
  int32_t key = create(made.as.words.ptr, 12, 0, NULL, 0);
  drop(key);
  generate(13, words, 4, 1, "Klingon", 7, &made);
  HERMES_CHECK(made.failed && made.as.error == BAD_LENGTH);
  generate(12, words, 4, 1, "Klingon", 7, &made);
  HERMES_CHECK(made.failed && made.as.error == PREFIX_TOO_LONG);
  generate(12, words + 1, 3, 1, "Klingon", 7, &made);
  HERMES_CHECK(made.failed && made.as.error == UNSUPPORTED);
  generate(12, words + 1, 3, 0, NULL, 0, &made);
  HERMES_CHECK(made.failed && made.as.error == NO_WORD);
  return true;
}

static bool constructor(void) {
  const hermes_string secret = HERMES_S("secret");
  int32_t key = known_key();
  int32_t other = create(&sentence, 1, 1, &secret, 1);
  HERMES_CHECK(equal_keys(key, known_key()));
  HERMES_CHECK(!equal_keys(key, other));
  return true;
}

static bool sign_data(void) {
  const hermes_string data = HERMES_S("data");
  int32_t key = known_key();
  signature first, second;
  sign(key, data.ptr, data.len, &first);
  sign(key, data.ptr, data.len, &second);
  HERMES_CHECK(first.words[0] != 0);
  for (int i = 0; i < 8; i++) HERMES_CHECK(first.words[i] == second.words[i]);
  HERMES_CHECK(is_valid(key, data, first));
  return true;
}

static bool check_sig(void) {
  int32_t key = known_key();
  signature made;
  sign(key, "data", 4, &made);
  HERMES_CHECK(is_valid(key, HERMES_S("data"), made));
  HERMES_CHECK(!is_valid(key, HERMES_S("date"), made));
  made.words[7] ^= 1;
  HERMES_CHECK(!is_valid(key, HERMES_S("data"), made));
  return true;
}

static bool derived(void) {
  int32_t key = known_key();
  int32_t account = derive(key, "m/1852'/1815'/0'", 16);
  int32_t whole = derive(key, "m/1852'/1815'/0'/2/0", 20);
  HERMES_CHECK(!equal_keys(key, account));
  HERMES_CHECK(equal_keys(whole, derive(account, "m/2/0", 5)));
  HERMES_CHECK(equal_keys(key, derive(key, "m", 1)));
  return true;
}

// A dropped handle is no handle: the second drop traps, so this test is the one that must fail.
static bool dropped_twice(void) {
  int32_t key = known_key();
  drop(key);
  drop(key);
  return true;
}

static bool bad_path(void) {
  derive(known_key(), "1852", 4);
  return true;
}

static bool bad_phrase(void) {
  const hermes_string words = HERMES_S("no phrase");
  create(&words, 1, 0, NULL, 0);
  return true;
}

HERMES_TESTS({HERMES_S("Generate mnemonic"), generate_mnemonic}, {HERMES_S("BIP32-Ed25519"), bip32},
             {HERMES_S("hermes:crypto/api#generate-mnemonic"), generate_all},
             {HERMES_S("hermes:crypto/api#[constructor]bip32-ed25519"), constructor},
             {HERMES_S("hermes:crypto/api#[method]bip32-ed25519.public-key"), bip32},
             {HERMES_S("hermes:crypto/api#[method]bip32-ed25519.sign-data"), sign_data},
             {HERMES_S("hermes:crypto/api#[method]bip32-ed25519.check-sig"), check_sig},
             {HERMES_S("hermes:crypto/api#[method]bip32-ed25519.derive"), derived},
             {HERMES_S("traps: a key dropped twice"), dropped_twice}, {HERMES_S("traps: a path out of form"), bad_path},
             {HERMES_S("traps: words that are no phrase"), bad_phrase})

static bool once_signed(void) {
  signature made;
  sign(known_key(), "data", 4, &made);
  return made.words[0] != 0;
}

HERMES_BENCHES({HERMES_S("a key of a phrase signs once"), once_signed})
