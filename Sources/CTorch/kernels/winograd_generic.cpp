#include "winograd.h"
#include "winograd_points.h"

#define lanes 4
#define rows 4
#define entry run_generic
#include "winograd_kernel.h"
