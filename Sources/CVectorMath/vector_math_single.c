// exp and tanh in single precision, branch-free so that clang vectorises the loops.
#include "clones.h"
#include "vector_math.h"
#include <stdint.h>
#include <string.h>

#define IN_PLACE_IS_SAFE _Pragma("clang loop vectorize(assume_safety)")

static const float LOG2E = 0x1.715476p+0f;
static const float LN2_HI = 0x1.62e400p-1f;
static const float LN2_LO = 0x1.7f7d1cp-20f;
static const float SHIFT = 0x1.8p23f;

// e^r - 1 on |r| <= ln(2)/2 by Taylor's series: the first term left out is below 4e-9 relative.
static inline float expm1_reduced(float r) {
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  return r + r * r * p;
}

// Splits x = k ln 2 + r and returns 2^k through `scale`; k an integer in [-126, 127].
static inline float reduce(float x, float *scale) {
  float shifted = x * LOG2E + SHIFT;
  float k = shifted - SHIFT;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  memcpy(scale, &bits, sizeof bits);
  return (x - k * LN2_HI) - k * LN2_LO;
}

CLONES void depth_vector_tanhf(const float *in, float *out, long count) {
  IN_PLACE_IS_SAFE
  for (long i = 0; i < count; i++) {
    float x = in[i];
    float a = __builtin_fabsf(x);
    a = a > 10.0f ? 10.0f : a;
    float scale;
    float r = reduce(2.0f * a, &scale);
    float e = scale * expm1_reduced(r) + (scale - 1.0f);
    float t = __builtin_copysignf(e / (e + 2.0f), x);
    out[i] = x != x ? x : t;
  }
}

CLONES void depth_vector_expf(const float *in, float *out, long count) {
  IN_PLACE_IS_SAFE
  for (long i = 0; i < count; i++) {
    float x = in[i];
    x = x > 88.0f ? 88.0f : x;
    x = x < -87.0f ? -87.0f : x;
    float scale;
    float r = reduce(x, &scale);
    out[i] = scale * expm1_reduced(r) + scale;
  }
}
