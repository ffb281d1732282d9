#if defined(__x86_64__)

#include "winograd.h"
#include "winograd_points.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq")
#endif

#define lanes 16
#define rows 12
#define entry run_avx512
#include "winograd_kernel.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
