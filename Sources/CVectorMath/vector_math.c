// Branch-free so that clang vectorises the loops; target_clones picks the widest unit at load time.
// Results differ between instruction-set levels by FMA contraction (within the stated 3 ulp).
#include "vector_math.h"
#include "exponentials.h"

#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))

// Each entry is read before it is written: without saying so, a call in place would run the scalar loop.
#define IN_PLACE_IS_SAFE _Pragma("clang loop vectorize(assume_safety)")

CLONES void depth_vector_tanh(const double *in, double *out, long count) {
  IN_PLACE_IS_SAFE
  for (long i = 0; i < count; i++) out[i] = branch_free_tanh(in[i]);
}

CLONES void depth_vector_exp(const double *in, double *out, long count) {
  IN_PLACE_IS_SAFE
  for (long i = 0; i < count; i++) {
    double x = in[i];
    x = x > 709.0 ? 709.0 : x;
    x = x < -708.0 ? -708.0 : x;
    double scale;
    double r = reduce(x, &scale);
    out[i] = scale * expm1_reduced(r) + scale;
  }
}
