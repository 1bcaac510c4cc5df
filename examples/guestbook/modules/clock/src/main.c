// Counts the minutes in which the guestbook was awake: a cron entry ticks every minute, GET /api/clock shows
// { "minutes": 12, "lastTick": 1767226320 } (seconds since 1970, null before the first tick).
#include <hermes.h>

static const hermes_string minutes_key = {"clock-minutes", 13};
static const hermes_string last_key = {"clock-last-tick", 15};
static const hermes_cron_tagged every_minute = {{"* * * * *", 9}, {"tick", 4}};

// Record datetime of WASI. <hermes.h> does not cover it: any interface can be imported like this.
typedef struct {
  uint64_t seconds;
  uint32_t nanoseconds;
} wall_time;

HERMES_IMPORT("wasi:clocks/wall-clock@0.2.6", "now") void wall_clock_now(wall_time *now);

// Entries end with the application, so every start makes this one again. The count is in the store and goes on.
HERMES_ON_INIT() { return hermes_cron_add(every_minute, true); }

HERMES_ON_CRON(event, last) {
  (void)last;
  if (!hermes_equal(event.tag, every_minute.tag)) return true;
  wall_time now;
  wall_clock_now(&now);
  hermes_kv_add(minutes_key, hermes_kv_of_u64(1));
  hermes_kv_set(last_key, hermes_kv_of_u64(now.seconds));
  return true;
}

static void print_number(hermes_buffer *out, hermes_string key, hermes_string otherwise) {
  hermes_kv found = hermes_kv_get(key);
  if (found.some && found.value.tag == HERMES_KV_U64) hermes_print_u64(out, found.value.as.u64);
  else hermes_print(out, otherwise);
}

static hermes_answer show(void) {
  static hermes_string no_store = {"no-store", 8}, json = {"application/json", 16};
  static hermes_header headers[] = {{{"content-type", 12}, {&json, 1}}, {{"cache-control", 13}, {&no_store, 1}}};
  hermes_buffer out = {0};
  hermes_print(&out, HERMES_S("{\"minutes\":"));
  print_number(&out, minutes_key, HERMES_S("0"));
  hermes_print(&out, HERMES_S(",\"lastTick\":"));
  print_number(&out, last_key, HERMES_S("null"));
  hermes_print(&out, HERMES_S("}"));
  hermes_answer answer = hermes_json(200, out.text);
  answer.value.as.http.headers = (hermes_headers){headers, 2};
  return answer;
}

static hermes_answer refuse_method(void) {
  static hermes_string methods = {"GET, HEAD", 9};
  static hermes_header allow = {{"allow", 5}, {&methods, 1}};
  hermes_answer answer = hermes_text(405, HERMES_S("Only GET is possible here\n"));
  answer.value.as.http.headers = (hermes_headers){&allow, 1};
  return answer;
}

// Requests that no route names go to every module: only one path is ours.
HERMES_ON_REPLY(request) {
  if (!hermes_equal(request->path, HERMES_S("/api/clock")) &&
      !hermes_starts_with(request->path, HERMES_S("/api/clock?"))) {
    return HERMES_NO_ANSWER;
  }
  bool looks = hermes_equal(request->method, HERMES_S("GET")) || hermes_equal(request->method, HERMES_S("HEAD"));
  return looks ? show() : refuse_method();
}
