// Misbehaves as its path says.
#include "arena.h"
#include "canon.h"

static opt_response_t ret;
static volatile uint32_t sink;
static uint32_t counter;

static int is(const char *p, size_t n, const char *q) {
  size_t i = 0;
  for (; i < n && q[i]; i++)
    if (p[i] != q[i]) return 0;
  return i == n && !q[i];
}

// Ends the host's stack and leaves its own alone. The stores keep the compiler from making a loop of it.
static __attribute__((noinline)) uint32_t deep(uint32_t n) {
  sink = n;
  uint32_t below = n ? deep(n - 1) : 0;
  sink = below;
  return below + 1;
}

EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(const char *body, size_t body_len, const header_t *headers, size_t headers_len,
                      const char *path, size_t path_len, const char *method, size_t method_len) {
  (void)headers, (void)headers_len, (void)method, (void)method_len;
  counter++;
  ret = (opt_response_t){ .some = 1, .val = { .tag = RESPONSE_HTTP, .u.http = { 200, { (header_t *)4, 0 }, S("ok") } } };
  http_response_t *http = &ret.val.u.http;

  if (is(path, path_len, "/none")) {
    ret.some = 0;
  } else if (is(path, path_len, "/redirect")) {
    ret.val.tag = RESPONSE_REDIRECT;
    ret.val.u.redirect = S("/other");
  } else if (is(path, path_len, "/trap")) {
    __builtin_trap();
  } else if (is(path, path_len, "/loop")) {
    for (;;) sink++;
  } else if (is(path, path_len, "/spin")) {
    for (uint32_t i = 0; i < 200000000u; i++) sink = i;
  } else if (is(path, path_len, "/stack")) {
    sink = deep(1u << 30);
  } else if (is(path, path_len, "/oom")) {
    for (;;)
      if (__builtin_wasm_memory_grow(0, 256) == (size_t)-1) __builtin_trap();
  } else if (is(path, path_len, "/badptr")) {
    http->body = (str_t){ (char *)0x7fffffff, 100 };
  } else if (is(path, path_len, "/badalign")) {
    http->headers = (headers_t){ (header_t *)(size_t)1, 1 };
  } else if (is(path, path_len, "/badutf8")) {
    ret.val.tag = RESPONSE_REDIRECT;
    ret.val.u.redirect = S("\xff\xfe\xc0");
  } else if (is(path, path_len, "/badtag")) {
    ret.val.tag = 9;
  } else if (is(path, path_len, "/badopt")) {
    ret.some = 7;
  } else if (is(path, path_len, "/biglen")) {
    http->body.len = 0xffffffffu;
  } else if (is(path, path_len, "/oob")) {
    sink = *(volatile uint32_t *)0xfffffff0u;
  } else if (is(path, path_len, "/big")) {
    size_t n = 1 << 20;
    char *bytes = arena_alloc(n);
    __builtin_memset(bytes, 'x', n);
    http->body = (str_t){ bytes, n };
  } else if (is(path, path_len, "/echo")) {
    http->body = (str_t){ body, body_len };
  } else if (is(path, path_len, "/counter")) {
    char *digit = arena_alloc(1);
    digit[0] = '0' + counter % 10;
    http->body = (str_t){ digit, 1 };
  } else {
    http->code = 404;
  }
  return &ret;
}

EXPORT("cabi_post_hermes:http-gateway/event#reply") void reply_post(opt_response_t *r) {
  (void)r;
  arena_reset();
}
