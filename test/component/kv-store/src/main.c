// Every operation of the store, each from an empty one.
#include <hermes.h>

#define KEY HERMES_S("key")

static bool is(hermes_kv found, uint64_t value) {
  return found.some && found.value.tag == HERMES_KV_U64 && found.value.as.u64 == value;
}

static bool set(void) {
  hermes_kv_set(KEY, hermes_kv_of_u64(1));
  HERMES_CHECK(is(hermes_kv_get(KEY), 1));
  hermes_kv_set(KEY, HERMES_KV_NONE);
  HERMES_CHECK(!hermes_kv_get(KEY).some);
  return true;
}

static bool get(void) {
  HERMES_CHECK(!hermes_kv_get(KEY).some);
  hermes_kv_set(KEY, hermes_kv_of_string(HERMES_S("text")));
  hermes_kv found = hermes_kv_get(KEY);
  HERMES_CHECK(found.some && found.value.tag == HERMES_KV_STRING);
  HERMES_CHECK(hermes_equal(found.value.as.string, HERMES_S("text")));
  return true;
}

static bool get_default(void) {
  HERMES_CHECK(is(hermes_kv_get_default(KEY, hermes_kv_of_u64(9)), 9));
  HERMES_CHECK(!hermes_kv_get(KEY).some);
  return true;
}

static bool get_set(void) {
  HERMES_CHECK(!hermes_kv_get_set(KEY, hermes_kv_of_u64(1)).some);
  HERMES_CHECK(is(hermes_kv_get_set(KEY, hermes_kv_of_u64(2)), 1));
  return true;
}

static bool add(void) {
  HERMES_CHECK(!hermes_kv_add(KEY, hermes_kv_of_u64(1)).some);
  HERMES_CHECK(is(hermes_kv_add(KEY, hermes_kv_of_u64(2)), 1));
  HERMES_CHECK(is(hermes_kv_get(KEY), 3));
  return true;
}

static bool cas(void) {
  HERMES_CHECK(!hermes_kv_cas(KEY, HERMES_KV_NONE, hermes_kv_of_u64(1)).some);
  HERMES_CHECK(is(hermes_kv_cas(KEY, hermes_kv_of_u64(5), hermes_kv_of_u64(2)), 1));
  HERMES_CHECK(is(hermes_kv_cas(KEY, hermes_kv_of_u64(1), hermes_kv_of_u64(3)), 1));
  HERMES_CHECK(is(hermes_kv_get(KEY), 3));
  return true;
}

static bool subscribe(void) {
  hermes_kv_set(KEY, hermes_kv_of_u64(4));
  HERMES_CHECK(is(hermes_kv_subscribe(KEY), 4));
  return true;
}

static bool unsubscribe(void) {
  hermes_kv_set(KEY, hermes_kv_of_u64(4));
  hermes_kv_subscribe(KEY);
  HERMES_CHECK(is(hermes_kv_unsubscribe(KEY), 4));
  return true;
}

HERMES_TESTS({HERMES_S("hermes:kv-store/api#kv-set"), set}, {HERMES_S("hermes:kv-store/api#kv-get"), get},
             {HERMES_S("hermes:kv-store/api#kv-get-default"), get_default},
             {HERMES_S("hermes:kv-store/api#kv-get-set"), get_set}, {HERMES_S("hermes:kv-store/api#kv-add"), add},
             {HERMES_S("hermes:kv-store/api#kv-cas"), cas}, {HERMES_S("hermes:kv-store/api#kv-subscribe"), subscribe},
             {HERMES_S("hermes:kv-store/api#kv-unsubscribe"), unsubscribe})
