// Tests that pass, fail, trap, hang, end their application, and look for what others left behind.
#include <hermes.h>

static bool passes(void) {
  hermes_log(HERMES_INFO, HERMES_S("said by the one that passes"));
  return true;
}

static bool fails(void) {
  hermes_log(HERMES_WARN, HERMES_S("said before it fails"));
  HERMES_CHECK(1 + 1 == 3);
  return true;
}

static bool traps(void) {
  __builtin_trap();
  return true;
}

static bool hangs(void) {
  for (volatile uint32_t i = 0;; i++) {
  }
  return true;
}

static bool ends(void) {
  hermes_done(7);
  return true;
}

// Each test has an application of its own: whichever of these comes second finds nothing.
static bool alone(void) {
  HERMES_CHECK(!hermes_kv_get_set(HERMES_S("key"), hermes_kv_of_u64(1)).some);
  HERMES_CHECK(hermes_cron_ls(NULL).len == 0);
  HERMES_CHECK(hermes_cron_delay(1, HERMES_S("tag")));
  return true;
}

HERMES_TESTS({HERMES_S("passes"), passes}, {HERMES_S("fails"), fails}, {HERMES_S("traps"), traps},
             {HERMES_S("hangs"), hangs}, {HERMES_S("ends # its\napplication"), ends}, {HERMES_S("alone"), alone},
             {HERMES_S("alone again"), alone})

// Nothing but the rounds of this benchmark has counted here.
static bool counts(void) {
  hermes_kv before = hermes_kv_add(HERMES_S("rounds"), hermes_kv_of_u64(1));
  if (!before.some) hermes_log(HERMES_INFO, HERMES_S("the first round"));
  return true;
}

HERMES_BENCHES({HERMES_S("does nothing"), passes}, {HERMES_S("counts"), counts}, {HERMES_S("traps at once"), traps})
