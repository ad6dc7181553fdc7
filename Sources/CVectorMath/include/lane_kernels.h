#ifndef OPTIMAL_DEPTH_LANE_KERNELS_H
#define OPTIMAL_DEPTH_LANE_KERNELS_H

#include <stdint.h>

// Small dense kernels of the Runge-Kutta integrator and of residual cores. "Lanes" are eight samples side by side: entry
// i of sample l at 8 i + l. Matrices are row-major. No buffer may overlap another unless said.

// y = b + W x for eight samples: W rows x columns, x columns x 8, y rows x 8; b may be NULL.
void depth_lanes_affine(
    long rows, long columns, const double *w, const double *b, const double *x, double *y);

// y = W^T x for eight samples: W rows x columns, x rows x 8, y columns x 8.
void depth_lanes_transposed(long rows, long columns, const double *w, const double *x, double *y);

// G += a b^T summed over eight samples: a rows x 8, b columns x 8, G rows x columns; scratch holds 8 columns.
void depth_lanes_outer(
    long rows, long columns, const double *a, const double *b, double *scratch, double *g);

// g_i += sum over the samples of a_i.
void depth_lanes_sum(long rows, const double *a, double *g);

// y = b + V^T x for one sample, V columns x rows: the transpose of the matrix that is applied; b may be NULL.
void depth_affine(long rows, long columns, const double *v, const double *b, const double *x, double *y);

// G += a b^T for one sample: a rows, b columns, G rows x columns.
void depth_outer(long rows, long columns, const double *a, const double *b, double *g);

// y += scale x.
void depth_add(long count, double scale, const double *x, double *y);

// f = b2 + W2 tanh(b1 + W1 x + t a) with m hidden units and d in and out; a may be NULL. Of one sample, with the transposes of
// W1 (d x m) and W2 (m x d); and of eight, with W1 and W2 themselves. Hidden values lie on the stack: m up to 4096.
void depth_core_one(
    long d, long m, const double *w1t, const double *b1, const double *a, double t, const double *w2t,
    const double *b2, const double *x, double *f);
void depth_core_lanes(
    long d, long m, const double *w1, const double *b1, const double *a, const double *t, const double *w2,
    const double *b2, const double *x, double *f);

// s_i *= 1 - t_i^2: the derivative of tanh from its value.
void depth_tanh_slope(long count, const double *t, double *s);

// out = y + h (sum_j c_j k[index_j]) with stages `stride` apart; one step length for all entries.
void depth_combine(
    long count, const double *y, double h, long terms, const int32_t *index, const double *c, const double *k,
    long stride, double *out);

// The same for eight samples with a step length each; `count` entries of the block, a multiple of 8.
void depth_lanes_combine(
    long count, const double *y, const double *h, long terms, const int32_t *index, const double *c, const double *k,
    long stride, double *out);

// sum_i (e_i / w_i)^2 with e = sum_j c_j k[index_j], w_i = absolute_i + relative max(|y_i|, |z_i|).
double depth_error_square(
    long count, const double *y, const double *z, double relative, const double *absolute, long terms,
    const int32_t *index, const double *c, const double *k, long stride);

// The same per sample: `components` rows of eight, `absolute` per component, eight sums out.
void depth_lanes_error_square(
    long components, const double *y, const double *z, double relative, const double *absolute, long terms,
    const int32_t *index, const double *c, const double *k, long stride, double *sums);

// target = source in the lanes whose mask is not 0.
void depth_lanes_select(long components, const int64_t *mask, const double *source, double *target);

#endif
