// Memory that lives for one call.
#pragma once
#include <stddef.h>
void *arena_alloc(size_t size);
void arena_reset(void);
