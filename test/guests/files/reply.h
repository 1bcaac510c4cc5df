// Answers HTTP with a text: what the programs of this folder have in common.
#pragma once
#include <stdlib.h>
#include <string.h>
#include "canon.h"

static opt_response_t ret;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  if (!size) return (void *)align;
  void *p = realloc(old, size);
  if (!p) abort();
  return p;
}

static opt_response_t *answer(const char *text, size_t length) {
  ret.some = 1;
  ret.val.tag = RESPONSE_HTTP;
  ret.val.u.http.code = 200;
  ret.val.u.http.headers.len = 0;
  ret.val.u.http.body.ptr = text;
  ret.val.u.http.body.len = length;
  return &ret;
}
