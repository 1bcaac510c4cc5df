// The echo once more with libc: malloc, asprintf, stderr, the environment and the clock, all over WASI.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "canon.h"

static str_t value[1];
static header_t header[1];
static opt_response_t ret;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  if (!size) return (void *)align;
  void *p = realloc(old, size);
  if (!p) abort();
  return p;
}

// An empty list or string comes with a pointer that cabi_realloc made up.
static void release(const void *p, size_t n) {
  if (n) free((void *)p);
}

static void release_headers(header_t *headers, size_t n) {
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < headers[i].values.len; j++)
      release(headers[i].values.ptr[j].ptr, headers[i].values.ptr[j].len);
    release(headers[i].values.ptr, headers[i].values.len);
    release(headers[i].name.ptr, headers[i].name.len);
  }
  release(headers, n);
}

EXPORT("hermes:http-gateway/event#reply")
opt_response_t *reply(char *body, size_t body_len, header_t *headers, size_t headers_len,
                      char *path, size_t path_len, char *method, size_t method_len) {
  char *line = NULL;
  int n = asprintf(&line, "%.*s %.*s", (int)method_len, method, (int)path_len, path);
  hermes_log(LOG_INFO, (str_t){ line, n });
  fprintf(stderr, "stderr: %s\n", line);
  free(line);

  char *out = NULL;
  n = asprintf(&out, "{\"method\":\"%.*s\",\"path\":\"%.*s\",\"bodyLength\":%zu,\"headers\":%zu,\"home\":\"%s\",\"clock\":%d}",
               (int)method_len, method, (int)path_len, path, body_len, headers_len,
               getenv("HOME") ? "set" : "unset", (long long)time(NULL) > 0);
  release(body, body_len);
  release_headers(headers, headers_len);
  release(path, path_len);
  release(method, method_len);

  value[0] = S("application/json");
  header[0] = (header_t){ S("content-type"), { value, 1 } };
  ret.some = 1;
  ret.val.tag = RESPONSE_HTTP;
  ret.val.u.http = (http_response_t){ 200, { header, 1 }, { out, n } };
  return &ret;
}

EXPORT("cabi_post_hermes:http-gateway/event#reply") void reply_post(opt_response_t *r) {
  free((void *)r->val.u.http.body.ptr);
}
