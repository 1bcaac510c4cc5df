// Subscribes to two keys: writes down each update of "watched", and answers each of "loop" with a further one.
#include <hermes.h>

HERMES_ON_INIT() {
  hermes_kv_subscribe(HERMES_S("watched"));
  hermes_kv_subscribe(HERMES_S("loop"));
  return true;
}

HERMES_ON_KV_UPDATE(key, value) {
  if (hermes_equal(key, HERMES_S("loop"))) {
    hermes_kv_add(key, hermes_kv_of_u64(1));
    return;
  }
  hermes_buffer line = {0};
  hermes_print_u64(&line, value.tag == HERMES_KV_U64 ? value.as.u64 : 0);
  hermes_print(&line, HERMES_S(","));
  hermes_kv_add(HERMES_S("seen"), hermes_kv_of_string(line.text));
}

// POST /api/<key> stores the number of bytes of the body, GET shows a number or a text.
HERMES_ON_REPLY(request) {
  const size_t prefix = 5;
  hermes_string key = {request->path.ptr + prefix, request->path.len - prefix};
  if (hermes_equal(request->method, HERMES_S("POST"))) {
    hermes_kv_set(key, hermes_kv_of_u64(request->body.len));
    return hermes_text(200, HERMES_S("stored"));
  }
  hermes_kv found = hermes_kv_get(key);
  hermes_buffer out = {0};
  if (found.some && found.value.tag == HERMES_KV_U64) hermes_print_u64(&out, found.value.as.u64);
  if (found.some && found.value.tag == HERMES_KV_STRING) hermes_print(&out, found.value.as.string);
  return hermes_text(200, out.text);
}
