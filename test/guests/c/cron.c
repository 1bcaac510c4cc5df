// Counts its ticks in the store and logs each; asks to be called again unless this was the last.
#include "arena.h"
#include "canon.h"

static char *append(char *to, const char *from, size_t n) {
  __builtin_memcpy(to, from, n);
  return to + n;
}

// The record flattens to four of the five parameters.
EXPORT("hermes:cron/event#on-cron")
int32_t on_cron(const char *when, size_t when_len, const char *tag, size_t tag_len, int32_t last) {
  opt_kv_t before = { 0 };
  hermes_kv_get("ticks", 5, &before);
  uint64_t ticks = before.some && before.val.tag == KV_U64 ? before.val.u.u64 + 1 : 1;
  hermes_kv_set("ticks", 5, 1, KV_U64, (int64_t)ticks, 0);

  char digits[20];
  int i = 20;
  uint64_t v = ticks;
  do digits[--i] = '0' + v % 10; while (v /= 10);
  char *line = arena_alloc(64 + when_len + tag_len), *p = line;
  p = append(p, "tick ", 5);
  p = append(p, digits + i, 20 - i);
  p = append(p, " tag=", 5);
  p = append(p, tag, tag_len);
  p = append(p, " when=", 6);
  p = append(p, when, when_len);
  hermes_log(LOG_INFO, (str_t){ line, p - line });
  arena_reset();  // a bool has no post-return, and the arguments are not read again
  return !last;
}
