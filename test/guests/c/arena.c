// cabi_realloc for all that the host lowers into the guest; given back as a whole after the call.
#include "arena.h"
#include "canon.h"

extern unsigned char __heap_base;
static size_t top;

static void *grab(size_t size, size_t align) {
  if (!top) top = (size_t)&__heap_base;
  size_t start = (top + align - 1) & ~(align - 1);
  size_t end = start + size;
  size_t have = __builtin_wasm_memory_size(0) << 16;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == (size_t)-1) __builtin_trap();
  top = end;
  return (void *)start;
}

void *arena_alloc(size_t size) { return grab(size, 8); }

void arena_reset(void) { top = (size_t)&__heap_base; }

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  if (!size) return (void *)align;
  char *p = grab(size, align);
  for (size_t i = 0; i < old_size && i < size; i++) p[i] = ((char *)old)[i];
  return p;
}
