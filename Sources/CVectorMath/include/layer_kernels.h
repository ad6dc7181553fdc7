#ifndef OPTIMAL_DEPTH_LAYER_KERNELS_H
#define OPTIMAL_DEPTH_LAYER_KERNELS_H

// What the layers of a network do between their matrix products, for rows of contiguous numbers, in double and (suffix f) in
// single precision. No buffer may overlap another unless said. Sums run in one order for each instruction set.

#define DEPTH_LAYER_KERNELS(REAL, SUFFIX)                                                                             \
  /* y = gain (x - mean) / sqrt(variance + 1e-5) + bias, row by row; statistics: mean and 1 / deviation of each row. */ \
  void depth_layer_norm##SUFFIX(                                                                                      \
      long rows, long n, const REAL *x, const REAL *gain, const REAL *bias, REAL *y, REAL *statistics);               \
  /* Its derivative: adds to dx, and to dgain and dbias unless NULL. */                                               \
  void depth_layer_norm_pullback##SUFFIX(                                                                             \
      long rows, long n, const REAL *x, const REAL *statistics, const REAL *gain, const REAL *dy, REAL *dx,           \
      REAL *dgain, REAL *dbias);                                                                                      \
  /* x += bias, a row each. */                                                                                        \
  void depth_add_bias##SUFFIX(long rows, long n, const REAL *bias, REAL *x);                                          \
  /* x = max(x + bias, 0). */                                                                                         \
  void depth_bias_relu##SUFFIX(long rows, long n, const REAL *bias, REAL *x);                                         \
  /* dx = 0 where y = 0; sums += column sums unless NULL. */                                                          \
  void depth_relu_pullback##SUFFIX(long rows, long n, const REAL *y, REAL *dx, REAL *sums);                           \
  /* dx *= 1 - y^2; sums += column sums unless NULL. */                                                               \
  void depth_tanh_pullback##SUFFIX(long rows, long n, const REAL *y, REAL *dx, REAL *sums);                           \
  /* sums += scale times the column sums. */                                                                          \
  void depth_column_sums##SUFFIX(long rows, long n, REAL scale, const REAL *x, REAL *sums);                           \
  /* out = y + scale x; out may be y. */                                                                              \
  void depth_add_scaled##SUFFIX(long n, REAL scale, const REAL *x, const REAL *y, REAL *out);                         \
  /* out = x + coefficient_row (after - before); out may be x. */                                                     \
  void depth_add_differences##SUFFIX(                                                                                 \
      long rows, long n, const double *coefficients, long stride, const REAL *after, const REAL *before, REAL *x);    \
  /* squares[row * stride] = factor ||after - before||^2. */                                                          \
  void depth_distance_squares##SUFFIX(                                                                                \
      long rows, long n, double factor, const REAL *after, const REAL *before, double *squares, long stride);         \
  /* Softmax of the first `classes` of `width` columns into p (rows x classes), and -ln p_label. */                   \
  void depth_softmax_losses##SUFFIX(                                                                                  \
      long rows, long classes, long width, const REAL *logits, const long *labels, REAL *p, double *losses,           \
      long stride);                                                                                                   \
  /* Cross-entropy against other probabilities: l + z_label - sum_j q_j z_j, l the loss above. */                     \
  void depth_soft_label_losses##SUFFIX(                                                                               \
      long rows, long classes, long width, const REAL *logits, const long *labels, const REAL *q,                     \
      const double *losses, double *out, long stride);                                                                \
  /* dz_j = a p_j - (a - share) [j = label] - share q_j, a = slopes[row * stride]; q may be NULL when share is 0.     \
     Columns of dz beyond the classes get gate_slopes[row * gate_stride]. */                                          \
  void depth_softmax_pullback##SUFFIX(                                                                                \
      long rows, long classes, long width, const REAL *p, const long *labels, const REAL *q, double share,            \
      const double *slopes, long stride, const double *gate_slopes, long gate_stride, REAL *dz);                      \
  /* out[row * stride] = 1 / (1 + e^-x[row * width]). */                                                              \
  void depth_sigmoids##SUFFIX(long rows, long width, const REAL *x, double *out, long stride);                        \
  /* out += the buffers in their order; returns the sum of its squares. */                                                     \
  double depth_sum_buffers##SUFFIX(long n, long buffers, const REAL *const *sources, long offset, REAL *out);         \
  /* Adam with decoupled decay: p = keep p - rate m / (sqrt(v) + epsilon), m and v the moments of scale g. */         \
  void depth_adam_update##SUFFIX(                                                                                     \
      long n, REAL *p, REAL *m, REAL *v, const REAL *g, REAL scale, REAL beta1, REAL beta2, REAL rate, REAL epsilon,  \
      REAL keep);                                                                                                     \
  /* u = momentum u + scale g + decay p; p -= rate u. */                                                              \
  void depth_momentum_update##SUFFIX(                                                                                 \
      long n, REAL *p, REAL *u, const REAL *g, REAL scale, REAL momentum, REAL rate, REAL decay);                     \
  /* out = x, converted. */                                                                                           \
  void depth_from_single##SUFFIX(long n, const float *x, REAL *out);                                                  \
  /* x += scale noise. */                                                                                             \
  void depth_add_noise##SUFFIX(long n, double scale, const double *noise, REAL *x);                                   \
  /* The first row that holds a number that is not finite; -1 when all are. */                                        \
  long depth_first_nonfinite_row##SUFFIX(long rows, long n, const REAL *x);

DEPTH_LAYER_KERNELS(double, )
DEPTH_LAYER_KERNELS(float, f)

#endif
