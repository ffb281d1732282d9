#pragma once
#include <sys/syscall.h>
#include <unistd.h>

// syncfs(2), which the C library declares for _GNU_SOURCE only, and so not for Swift.
static inline int tedi_syncfs(int descriptor) { return (int)syscall(SYS_syncfs, descriptor); }
