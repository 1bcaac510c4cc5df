// Counts visits: POST /api/visits counts one, GET /api/visits only looks. Both answer { "visits": 7 }.
#include <hermes.h>

static const hermes_string key = {"visits", 6};

static hermes_answer visits(uint64_t count) {
  hermes_buffer out = {0};
  hermes_print(&out, HERMES_S("{\"visits\":"));
  hermes_print_u64(&out, count);
  hermes_print(&out, HERMES_S("}"));
  return hermes_json(200, out.text);
}

static hermes_answer refuse_method(void) {
  static hermes_string methods = {"GET, HEAD, POST", 15};
  static hermes_header allow = {{"allow", 5}, {&methods, 1}};
  hermes_answer answer = hermes_text(405, HERMES_S("Only GET and POST are possible here\n"));
  answer.value.as.http.headers = (hermes_headers){&allow, 1};
  return answer;
}

// Requests that no route names go to every module: only one path is ours.
static bool is_ours(hermes_string path) {
  return hermes_equal(path, HERMES_S("/api/visits")) || hermes_starts_with(path, HERMES_S("/api/visits?"));
}

HERMES_ON_REPLY(request) {
  if (!is_ours(request->path)) return HERMES_NO_ANSWER;
  bool counts = hermes_equal(request->method, HERMES_S("POST"));
  bool looks = hermes_equal(request->method, HERMES_S("GET")) || hermes_equal(request->method, HERMES_S("HEAD"));
  if (!counts && !looks) return refuse_method();

  // One atomic step, whoever else is counting: the store answers what was there before it added.
  hermes_kv before = counts ? hermes_kv_add(key, hermes_kv_of_u64(1)) : hermes_kv_get(key);
  uint64_t count = before.some && before.value.tag == HERMES_KV_U64 ? before.value.as.u64 : 0;
  return visits(counts ? count + 1 : count);
}
