// The kernels of layer_kernels.h, once for each precision.
#include "clones.h"
#include "layer_kernels.h"
#include "vector_math.h"
#include <math.h>
#include <string.h>

// sums over a row may be taken in lanes: the order is then the instruction set's, and the same in every run
#define LANES_IN_SUMS _Pragma("clang fp reassociate(on)")

#define REAL double
#define NAME(name) name
#define REAL_SQRT __builtin_elementwise_sqrt
#define REAL_EXP depth_vector_exp
#include "layer_kernels_template.h"
#undef REAL
#undef NAME
#undef REAL_SQRT
#undef REAL_EXP

#define REAL float
#define NAME(name) name##f
#define REAL_SQRT __builtin_elementwise_sqrt
#define REAL_EXP depth_vector_expf
#include "layer_kernels_template.h"
