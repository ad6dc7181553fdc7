// The kernels of convolution_kernels.h, compiled for each instruction set and picked when they are called.
//
// target_clones cannot serve here: the number of accumulators must fit each set's registers. Products are fused with
// sums where the machine can, so results differ between machines in the last places.
#include "convolution.h"

#define REAL float
#define NORMALISATION depth_normalisation_f
#define NAME(x) x##_f_plain
#define TILE 2
#define PAIR 0
#define BATCH 2
#include "convolution_kernels.h"
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define NAME(x) x##_f_v3
#define TILE 6
#define PAIR 0
#define BATCH 4
#include "convolution_kernels.h"
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define NAME(x) x##_f_v4
#define TILE 14
#define PAIR 12
#define BATCH 16
#include "convolution_kernels.h"
#pragma clang attribute pop
#endif
#undef REAL
#undef NORMALISATION

#define REAL double
#define NORMALISATION depth_normalisation_d
#define NAME(x) x##_d_plain
#define TILE 1
#define PAIR 0
#define BATCH 1
#include "convolution_kernels.h"
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define NAME(x) x##_d_v3
#define TILE 2
#define PAIR 0
#define BATCH 2
#include "convolution_kernels.h"
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define NAME(x) x##_d_v4
#define TILE 14
#define PAIR 0
#define BATCH 8
#include "convolution_kernels.h"
#pragma clang attribute pop
#endif
#undef REAL
#undef NORMALISATION

#if defined(__x86_64__)
#define PICK(name, s, ...)                                                                                             \
  if (__builtin_cpu_supports("x86-64-v4"))                                                                             \
    name##_##s##_v4(__VA_ARGS__);                                                                                      \
  else if (__builtin_cpu_supports("x86-64-v3"))                                                                        \
    name##_##s##_v3(__VA_ARGS__);                                                                                      \
  else                                                                                                                 \
    name##_##s##_plain(__VA_ARGS__)
#else
#define PICK(name, s, ...) name##_##s##_plain(__VA_ARGS__)
#endif

#define DEFINE(REAL, S)                                                                                                \
  void depth_convolve_##S(const struct depth_convolution *c, const REAL *padded, const REAL *weights, REAL *result) { \
    PICK(convolve, S, c, padded, weights, result);                                                                     \
  }                                                                                                                    \
  void depth_convolution_gradient_##S(                                                                                 \
    const struct depth_convolution *c, const REAL *padded, const REAL *cotangent, const struct depth_image *place,     \
    REAL *gradient) {                                                                                                  \
    PICK(convolution_gradient, S, c, padded, cotangent, place, gradient);                                              \
  }                                                                                                                    \
  void depth_adjoint_weights_##S(const struct depth_convolution *c, const REAL *weights, REAL *adjoint) {              \
    PICK(adjoint_weights, S, c, weights, adjoint);                                                                     \
  }                                                                                                                    \
  void depth_group_statistics_##S(                                                                                     \
    const REAL *x, const struct depth_image *s, long groups, REAL epsilon, REAL *mean, REAL *reciprocal) {             \
    PICK(group_statistics, S, x, s, groups, epsilon, mean, reciprocal);                                                \
  }                                                                                                                    \
  void depth_normalise_##S(                                                                                            \
    const REAL *x, const struct depth_image *s, const struct depth_normalisation_##S *n, REAL *y,                      \
    const struct depth_image *target) {                                                                                \
    PICK(normalise, S, x, s, n, y, target);                                                                            \
  }                                                                                                                    \
  void depth_normalise_gradient_##S(                                                                                   \
    const REAL *x, const struct depth_image *s, const struct depth_normalisation_##S *n, long groups,                  \
    const REAL *cotangent, REAL *scratch, REAL *gain_gradient, REAL *bias_gradient, REAL *x_gradient,                  \
    const struct depth_image *target, int adds) {                                                                      \
    PICK(normalise_gradient, S, x, s, n, groups, cotangent, scratch, gain_gradient, bias_gradient, x_gradient, target, \
      adds);                                                                                                           \
  }                                                                                                                    \
  void depth_place_##S(                                                                                                \
    const REAL *x, const struct depth_image *s, REAL scale, REAL *target, const struct depth_image *t, int adds) {     \
    PICK(place, S, x, s, scale, target, t, adds);                                                                      \
  }                                                                                                                    \
  void depth_pixel_mean_##S(const REAL *x, const struct depth_image *s, REAL *means) {                                 \
    PICK(pixel_mean, S, x, s, means);                                                                                  \
  }                                                                                                                    \
  void depth_pixel_mean_gradient_##S(const REAL *cotangent, REAL *x_gradient, const struct depth_image *s) {           \
    PICK(pixel_mean_gradient, S, cotangent, x_gradient, s);                                                            \
  }

DEFINE(float, f)
DEFINE(double, d)
