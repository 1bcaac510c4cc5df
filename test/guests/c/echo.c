// Answers every request with a JSON description of it, and logs it. No libc.
#include "arena.h"
#include "canon.h"

typedef struct { char *p; size_t n, cap; } buf_t;

static void put(buf_t *b, const char *s, size_t n) {
  if (b->n + n > b->cap) {
    size_t cap = (b->cap + n) * 2;
    char *grown = arena_alloc(cap);
    __builtin_memcpy(grown, b->p, b->n);
    b->p = grown;
    b->cap = cap;
  }
  __builtin_memcpy(b->p + b->n, s, n);
  b->n += n;
}

#define LIT(b, literal) put(b, literal, sizeof(literal) - 1)

static void put_json(buf_t *b, str_t s) {
  static const char hex[] = "0123456789abcdef";
  LIT(b, "\"");
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = s.ptr[i];
    if (c == '"' || c == '\\') {
      put(b, (char[]){ '\\', c }, 2);
    } else if (c < 0x20) {
      put(b, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
    } else {
      put(b, (char *)&c, 1);
    }
  }
  LIT(b, "\"");
}

static void put_number(buf_t *b, size_t v) {
  char digits[20];
  int i = 20;
  do digits[--i] = '0' + v % 10; while (v /= 10);
  put(b, digits + i, 20 - i);
}

static str_t value[1];
static header_t header[1];
static opt_response_t ret;

EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(const char *body, size_t body_len, const header_t *headers, size_t headers_len,
                      const char *path, size_t path_len, const char *method, size_t method_len) {
  (void)body;
  buf_t line = { 0 }, out = { 0 };
  put(&line, method, method_len);
  LIT(&line, " ");
  put(&line, path, path_len);
  hermes_log(LOG_INFO, (str_t){ line.p, line.n });

  LIT(&out, "{\"method\":");
  put_json(&out, (str_t){ method, method_len });
  LIT(&out, ",\"path\":");
  put_json(&out, (str_t){ path, path_len });
  LIT(&out, ",\"bodyLength\":");
  put_number(&out, body_len);
  LIT(&out, ",\"headers\":[");
  for (size_t i = 0; i < headers_len; i++) {
    if (i) LIT(&out, ",");
    LIT(&out, "[");
    put_json(&out, headers[i].name);
    LIT(&out, ",[");
    for (size_t j = 0; j < headers[i].values.len; j++) {
      if (j) LIT(&out, ",");
      put_json(&out, headers[i].values.ptr[j]);
    }
    LIT(&out, "]]");
  }
  LIT(&out, "]}");

  value[0] = S("application/json");
  header[0] = (header_t){ S("content-type"), { value, 1 } };
  ret.some = 1;
  ret.val.tag = RESPONSE_HTTP;
  ret.val.u.http = (http_response_t){ 200, { header, 1 }, { out.p, out.n } };
  return &ret;
}

EXPORT("cabi_post_hermes:http-gateway/event#reply") void reply_post(opt_response_t *r) {
  (void)r;
  arena_reset();
}
