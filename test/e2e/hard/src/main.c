// A module that goes round in circles when it is asked to: it writes the key that it hears of, or the one beside it,
// and arms the tag that woke it.
#include <hermes.h>

static const hermes_string own = {"own", 3}, armed = {"armed", 5}, again = {"again", 5};
static const hermes_string ping = {"ping", 4}, pong = {"pong", 4};

HERMES_ON_INIT() {
  hermes_kv_subscribe(own);
  hermes_kv_subscribe(ping);
  hermes_kv_subscribe(pong);
  return true;
}

HERMES_ON_KV_UPDATE(key, value) {
  (void)value;
  hermes_string to = hermes_equal(key, ping) ? pong : hermes_equal(key, pong) ? ping : key;
  hermes_kv_add(to, hermes_kv_of_u64(1));
}

HERMES_ON_CRON(event, last) {
  (void)last;
  hermes_kv_add(armed, hermes_kv_of_u64(1));
  hermes_cron_delay(0, event.tag);
  return true;
}

static hermes_answer show(hermes_string key) {
  hermes_kv found = hermes_kv_get(key);
  hermes_buffer out = {0};
  hermes_print_u64(&out, found.some && found.value.tag == HERMES_KV_U64 ? found.value.as.u64 : 0);
  return hermes_text(200, out.text);
}

// POST /api/own, /api/pair and /api/armed begin with a circle, GET shows how often it went round. Others get the
// length of their body.
HERMES_ON_REPLY(request) {
  bool starts = hermes_equal(request->method, HERMES_S("POST"));
  if (hermes_equal(request->path, HERMES_S("/api/own"))) {
    if (starts) hermes_kv_set(own, hermes_kv_of_u64(1));
    return show(own);
  }
  if (hermes_equal(request->path, HERMES_S("/api/armed"))) {
    if (starts) hermes_cron_delay(0, again);
    return show(armed);
  }
  if (hermes_equal(request->path, HERMES_S("/api/pair"))) {
    if (starts) hermes_kv_set(ping, hermes_kv_of_u64(1));
    return show(ping);
  }
  hermes_buffer out = {0};
  hermes_print_u64(&out, request->body.len);
  return hermes_text(200, out.text);
}
