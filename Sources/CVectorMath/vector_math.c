// Branch-free so that clang vectorises the loops; target_clones picks the widest unit at load time.
// Results differ between instruction-set levels by FMA contraction (within the stated 3 ulp).
#include "vector_math.h"
#include <stdint.h>
#include <string.h>

#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))

// Each entry is read before it is written: without saying so, a call in place would run the scalar loop.
#define IN_PLACE_IS_SAFE _Pragma("clang loop vectorize(assume_safety)")

// Cody-Waite splitting of ln 2 and the shift that rounds to the nearest integer in the low mantissa bits.
static const double LOG2E = 0x1.71547652b82fep+0;
static const double LN2_HI = 0x1.62e42fee00000p-1;
static const double LN2_LO = 0x1.a39ef35793c76p-33;
static const double SHIFT = 0x1.8p52;

// e^r - 1 on |r| <= ln(2)/2 by Taylor's series: the first term left out is below 1e-17 relative.
static inline double expm1_reduced(double r) {
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  return r + r * r * p;
}

// Splits x = k ln 2 + r and returns 2^k through `scale`.
static inline double reduce(double x, double *scale) {
  double shifted = x * LOG2E + SHIFT;
  double k = shifted - SHIFT;
  int64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  memcpy(scale, &bits, sizeof bits);
  return (x - k * LN2_HI) - k * LN2_LO;
}

CLONES void depth_vector_tanh(const double *in, double *out, long count) {
  IN_PLACE_IS_SAFE
  for (long i = 0; i < count; i++) {
    double x = in[i];
    double a = __builtin_fabs(x);
    a = a > 20.0 ? 20.0 : a;
    double scale;
    double r = reduce(2.0 * a, &scale);
    double e = scale * expm1_reduced(r) + (scale - 1.0);
    out[i] = __builtin_copysign(e / (e + 2.0), x);
  }
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
