#if defined(__x86_64__)

#include "winograd.h"
#include "winograd_points.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#define lanes 8
#define rows 6
#define entry run_avx2
#include "winograd_kernel.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
