// A module's own handler, called by its test.
#include <hermes.h>

HERMES_ON_REPLY(request) { return hermes_text(200, request->path); }

static bool replies(void) {
  hermes_answer *answer = hermes_export_reply("", 0, NULL, 0, "/api", 4, "GET", 3);
  HERMES_CHECK(answer->some);
  HERMES_CHECK(answer->value.tag == 0 && answer->value.as.http.code == 200);
  HERMES_CHECK(hermes_equal(answer->value.as.http.body, HERMES_S("/api")));
  return true;
}

HERMES_TESTS({HERMES_S("HTTP reply"), replies})
