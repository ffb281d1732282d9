#if defined(__x86_64__)

#include "winograd.h"
#include "winograd_points.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16")
#endif

#define lanes 16
#define rows 12
#define dot_product
#define entry run_avx512_bf16
#include "winograd_kernel.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
