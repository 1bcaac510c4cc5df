// The end of an application, said by itself: seen from outside.
#include <hermes.h>

static bool done(void) {
  hermes_done(7);
  return true;
}

HERMES_TESTS({HERMES_S("hermes:init/api#done"), done})
