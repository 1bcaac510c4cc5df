// Clocks of WASI, without a libc between.
#include <hermes.h>

HERMES_IMPORT("wasi:clocks/monotonic-clock@0.2.6", "now") extern uint64_t monotonic_now(void);

static bool monotonic(void) {
  uint64_t before = monotonic_now();
  uint64_t after = monotonic_now();
  HERMES_CHECK(after >= before);
  HERMES_CHECK(after > 0);
  return true;
}

HERMES_TESTS({HERMES_S("clocks_monotonic_now"), monotonic})
