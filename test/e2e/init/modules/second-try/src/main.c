// Refuses its first start, traps at its second, runs from the third on; POST /api/done ends it with status 7.
#include <hermes.h>

HERMES_ON_INIT() {
  hermes_kv before = hermes_kv_add(HERMES_S("starts"), hermes_kv_of_u64(1));
  hermes_log(HERMES_WARN, before.some ? HERMES_S("Here again") : HERMES_S("Not yet"));
  if (before.some && before.value.as.u64 == 1) __builtin_trap();
  return before.some;
}

HERMES_ON_REPLY(request) {
  hermes_done(7);
  return hermes_text(200, request->method);
}
