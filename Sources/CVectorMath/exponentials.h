// The branch-free pieces that exp and tanh are made of, shared by the loops over buffers and by the expression tape.
#ifndef OPTIMAL_DEPTH_EXPONENTIALS_H
#define OPTIMAL_DEPTH_EXPONENTIALS_H
#include <stdint.h>
#include <string.h>

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

// 2^k from `shifted = k + SHIFT`, k an integer in [-1022, 1023].
static inline double power_of_two(double shifted) {
  uint64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  double scale;
  memcpy(&scale, &bits, sizeof scale);
  return scale;
}

// Splits x = k ln 2 + r and returns 2^k through `scale`.
static inline double reduce(double x, double *scale) {
  double shifted = x * LOG2E + SHIFT;
  double k = shifted - SHIFT;
  *scale = power_of_two(shifted);
  return (x - k * LN2_HI) - k * LN2_LO;
}

static inline double branch_free_tanh(double x) {
  double a = __builtin_fabs(x);
  a = a > 20.0 ? 20.0 : a;
  double scale;
  double r = reduce(2.0 * a, &scale);
  double e = scale * expm1_reduced(r) + (scale - 1.0);
  return __builtin_copysign(e / (e + 2.0), x);
}

// e^x on all of R: infinite above 709.78, gradual underflow below -708. 2^k is applied in two halves, because k itself
// may lie outside the exponents of a double.
static inline double branch_free_exp(double x) {
  double c = x > 710.0 ? 710.0 : x;
  c = c < -746.0 ? -746.0 : c;
  double k = (c * LOG2E + SHIFT) - SHIFT;
  double r = (c - k * LN2_HI) - k * LN2_LO;
  double half = 0.5 * k + SHIFT;
  double scale = power_of_two(half);
  double rest = power_of_two((k - (half - SHIFT)) + SHIFT);
  return (scale * expm1_reduced(r) + scale) * rest;
}

#endif
