// Branch-free so that clang vectorises the loops; target_clones picks the widest unit at load time.
// Results differ between instruction-set levels by FMA contraction (within the stated 3 ulp).
#include "clones.h"
#include "vector_math.h"
#include "exponentials.h"

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

// Phi(-a) e^(a^2/2) (1 + a) for a >= 0 as a polynomial in (a - 5) / (a + 5): the Chebyshev series of degree 23 in monomials
// (its first term left out is below 1e-19), computed with 40 digits.
static const double NORMAL_TAIL[24] = {
  0x1.d8979b0f2b39dp-2, -0x1.76ff86859eb1cp-4, 0x1.fc66cc64a14d7p-6, 0x1.47c1d030561b8p-7,
  -0x1.b08e0007b7aa3p-6, 0x1.92037bab2f2afp-6, -0x1.f11aab02a0ec9p-7, 0x1.ab6d0392975aep-8,
  -0x1.b75f4f9f53605p-10, 0x1.05714fe6aa3dcp-17, 0x1.7e61e616469ecp-13, -0x1.c1b16762e9607p-15,
  -0x1.4c0ed51ca3a96p-17, 0x1.2fff4d2a5194ep-17, -0x1.2e22bc7c12e78p-24, -0x1.5ef72f0c6e0efp-20,
  0x1.129dcbc121f15p-23, 0x1.a58106b360b2cp-23, -0x1.c397f3dca99d6p-26, -0x1.09e034d7b4554p-25,
  0x1.f28ad8daa3556p-29, 0x1.2e7204d6498afp-28, -0x1.364a698813ab4p-32, -0x1.a38dadeae8ad6p-32,
};

static inline double branch_free_normal_cdf(double x) {
  double a = __builtin_fabs(x);
  a = a > 38.5 ? 38.5 : a;
  double t = (a - 5.0) / (a + 5.0);
  double p = NORMAL_TAIL[23];
  for (int k = 22; k >= 0; k--) p = p * t + NORMAL_TAIL[k];
  // a^2/2 in two pieces, the first exact: rounding the square would cost a^2/2 units in the last place
  uint64_t bits;
  memcpy(&bits, &a, sizeof bits);
  bits &= ~(uint64_t)0x7ffffff;
  double head;
  memcpy(&head, &bits, sizeof head);
  double d = -0.5 * (a - head) * (a + head);
  double rest = 1.0 + d * (1.0 + d * (0.5 + d * (1.0 / 6.0)));
  double tail = branch_free_exp(-0.5 * head * head) * rest * p / (1.0 + a);
  return x > 0.0 ? 1.0 - tail : tail;
}

CLONES void depth_vector_normal_cdf(const double *in, double *out, long count) {
  IN_PLACE_IS_SAFE
  for (long i = 0; i < count; i++) out[i] = branch_free_normal_cdf(in[i]);
}
