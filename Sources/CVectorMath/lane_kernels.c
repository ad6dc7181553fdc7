// Vectors of eight doubles that clang splits or widens for each instruction set; target_clones picks one at load time.
// Sums run in one order on every machine, but fused multiply-add differs in the last place from one set to another.
#include "clones.h"
#include "lane_kernels.h"
#include "vector_math.h"
#include <stddef.h>

// the vectors below are only passed to functions that are always inlined
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

typedef double v8 __attribute__((vector_size(64), aligned(8)));
typedef int64_t m8 __attribute__((vector_size(64), aligned(8)));

#define LOAD(p) (*(const v8 *)(p))
#define STORE(p, v) (*(v8 *)(p) = (v))

// `block` rows at once: as many accumulators, so that the multiply-adds do not wait for each other.
#define AFFINE_ROWS(block)                                                   \
  for (; i + (block) <= rows; i += (block)) {                                \
    v8 sum[block];                                                           \
    for (int r = 0; r < (block); r++) sum[r] = (v8){} + (b ? b[i + r] : 0.0); \
    for (long k = 0; k < columns; k++) {                                     \
      v8 xk = LOAD(x + 8 * k);                                               \
      for (int r = 0; r < (block); r++) sum[r] += w[(i + r) * columns + k] * xk; \
    }                                                                        \
    for (int r = 0; r < (block); r++) STORE(y + 8 * (i + r), sum[r]);        \
  }

CLONES void depth_lanes_affine(
    long rows, long columns, const double *restrict w, const double *restrict b, const double *restrict x,
    double *restrict y) {
  long i = 0;
  AFFINE_ROWS(8)
  AFFINE_ROWS(2)
  AFFINE_ROWS(1)
}

#define TRANSPOSED_COLUMNS(block)                                               \
  for (; j + (block) <= columns; j += (block)) {                                \
    v8 sum[block];                                                              \
    for (int c = 0; c < (block); c++) sum[c] = (v8){};                          \
    for (long k = 0; k < rows; k++) {                                           \
      v8 xk = LOAD(x + 8 * k);                                                  \
      for (int c = 0; c < (block); c++) sum[c] += w[k * columns + j + c] * xk;  \
    }                                                                           \
    for (int c = 0; c < (block); c++) STORE(y + 8 * (j + c), sum[c]);           \
  }

CLONES void depth_lanes_transposed(
    long rows, long columns, const double *restrict w, const double *restrict x, double *restrict y) {
  long j = 0;
  TRANSPOSED_COLUMNS(8)
  TRANSPOSED_COLUMNS(2)
  TRANSPOSED_COLUMNS(1)
}

CLONES void depth_lanes_outer(
    long rows, long columns, const double *restrict a, const double *restrict b, double *restrict scratch,
    double *restrict g) {
  for (long j = 0; j < columns; j++)
    for (int l = 0; l < 8; l++) scratch[l * columns + j] = b[8 * j + l];
  long i = 0;
  for (; i + 4 <= rows; i += 4) {
    const double *a0 = a + 8 * i;
    double *g0 = g + i * columns;
    long j = 0;
    for (; j + 8 <= columns; j += 8) {
      v8 s0 = LOAD(g0 + j), s1 = LOAD(g0 + columns + j);
      v8 s2 = LOAD(g0 + 2 * columns + j), s3 = LOAD(g0 + 3 * columns + j);
      for (int l = 0; l < 8; l++) {
        v8 bl = LOAD(scratch + l * columns + j);
        s0 += a0[l] * bl;
        s1 += a0[8 + l] * bl;
        s2 += a0[16 + l] * bl;
        s3 += a0[24 + l] * bl;
      }
      STORE(g0 + j, s0);
      STORE(g0 + columns + j, s1);
      STORE(g0 + 2 * columns + j, s2);
      STORE(g0 + 3 * columns + j, s3);
    }
    for (; j < columns; j++)
      for (int r = 0; r < 4; r++)
        for (int l = 0; l < 8; l++) g0[r * columns + j] += a0[8 * r + l] * scratch[l * columns + j];
  }
  for (; i < rows; i++)
    for (long j = 0; j < columns; j++)
      for (int l = 0; l < 8; l++) g[i * columns + j] += a[8 * i + l] * scratch[l * columns + j];
}

void depth_lanes_sum(long rows, const double *a, double *g) {
  for (long i = 0; i < rows; i++) {
    const double *r = a + 8 * i;
    g[i] += ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  }
}

#define AFFINE_OUTPUTS(block)                                                  \
  for (; i + 8 * (block) <= rows; i += 8 * (block)) {                          \
    v8 sum[block];                                                             \
    for (int r = 0; r < (block); r++) sum[r] = b ? LOAD(b + i + 8 * r) : (v8){}; \
    for (long k = 0; k < columns; k++)                                         \
      for (int r = 0; r < (block); r++) sum[r] += x[k] * LOAD(v + k * rows + i + 8 * r); \
    for (int r = 0; r < (block); r++) STORE(y + i + 8 * r, sum[r]);            \
  }

CLONES void depth_affine(
    long rows, long columns, const double *restrict v, const double *restrict b, const double *restrict x,
    double *restrict y) {
  long i = 0;
  AFFINE_OUTPUTS(8)
  AFFINE_OUTPUTS(4)
  AFFINE_OUTPUTS(2)
  AFFINE_OUTPUTS(1)
  for (; i < rows; i++) {
    double sum = b ? b[i] : 0;
    for (long k = 0; k < columns; k++) sum += x[k] * v[k * rows + i];
    y[i] = sum;
  }
}

CLONES void depth_outer(
    long rows, long columns, const double *restrict a, const double *restrict b, double *restrict g) {
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < columns; j++) g[i * columns + j] += a[i] * b[j];
}

CLONES void depth_add(long count, double scale, const double *restrict x, double *restrict y) {
  for (long i = 0; i < count; i++) y[i] += scale * x[i];
}

CLONES void depth_tanh_slope(long count, const double *restrict t, double *restrict s) {
  for (long i = 0; i < count; i++) s[i] *= 1 - t[i] * t[i];
}

INLINE v8 combine8(long terms, const int32_t *index, const double *c, const double *k, long stride) {
  v8 sum = c[0] * LOAD(k + index[0] * stride);
  for (long j = 1; j < terms; j++) sum += c[j] * LOAD(k + index[j] * stride);
  return sum;
}

INLINE double combine1(long terms, const int32_t *index, const double *c, const double *k, long stride) {
  double sum = c[0] * k[index[0] * stride];
  for (long j = 1; j < terms; j++) sum += c[j] * k[index[j] * stride];
  return sum;
}

CLONES void depth_combine(
    long count, const double *restrict y, double h, long terms, const int32_t *restrict index,
    const double *restrict c, const double *restrict k, long stride, double *restrict out) {
  long i = 0;
  for (; i + 8 <= count; i += 8) STORE(out + i, LOAD(y + i) + h * combine8(terms, index, c, k + i, stride));
  for (; i < count; i++) out[i] = y[i] + h * combine1(terms, index, c, k + i, stride);
}

CLONES void depth_lanes_combine(
    long count, const double *restrict y, const double *restrict h, long terms, const int32_t *restrict index,
    const double *restrict c, const double *restrict k, long stride, double *restrict out) {
  v8 step = LOAD(h);
  for (long i = 0; i < count; i += 8) STORE(out + i, LOAD(y + i) + step * combine8(terms, index, c, k + i, stride));
}

INLINE v8 larger(v8 y, v8 z) {
  return __builtin_elementwise_max(__builtin_elementwise_abs(y), __builtin_elementwise_abs(z));
}

CLONES double depth_error_square(
    long count, const double *restrict y, const double *restrict z, double relative, const double *restrict absolute,
    long terms, const int32_t *restrict index, const double *restrict c, const double *restrict k, long stride) {
  v8 sums = {};
  long i = 0;
  for (; i + 8 <= count; i += 8) {
    v8 q = combine8(terms, index, c, k + i, stride) /
           (LOAD(absolute + i) + relative * larger(LOAD(y + i), LOAD(z + i)));
    sums += q * q + 0.0 * LOAD(z + i);  // an overflow of z makes the sum NaN
  }
  double sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  for (; i < count; i++) {
    double a = __builtin_fabs(y[i]), b = __builtin_fabs(z[i]);
    double q = combine1(terms, index, c, k + i, stride) / (absolute[i] + relative * (a > b ? a : b));
    sum += q * q + 0.0 * z[i];
  }
  return sum;
}

CLONES void depth_lanes_error_square(
    long components, const double *restrict y, const double *restrict z, double relative,
    const double *restrict absolute, long terms, const int32_t *restrict index, const double *restrict c,
    const double *restrict k, long stride, double *restrict sums) {
  v8 total = {};
  for (long i = 0; i < components; i++) {
    v8 q = combine8(terms, index, c, k + 8 * i, stride) /
           (absolute[i] + relative * larger(LOAD(y + 8 * i), LOAD(z + 8 * i)));
    total += q * q + 0.0 * LOAD(z + 8 * i);
  }
  STORE(sums, total);
}

CLONES void depth_lanes_select(
    long components, const int64_t *restrict mask, const double *restrict source, double *restrict target) {
  m8 take = *(const m8 *)mask != 0;
  for (long i = 0; i < components; i++) {
    m8 new = *(const m8 *)(source + 8 * i), old = *(const m8 *)(target + 8 * i);
    *(m8 *)(target + 8 * i) = (new & take) | (old & ~take);
  }
}

void depth_core_one(
    long d, long m, const double *w1t, const double *b1, const double *a, double t, const double *w2t,
    const double *b2, const double *x, double *f) {
  double hidden[m];
  depth_affine(m, d, w1t, b1, x, hidden);
  if (a)
    for (long j = 0; j < m; j++) hidden[j] += t * a[j];
  depth_vector_tanh(hidden, hidden, m);
  depth_affine(d, m, w2t, b2, hidden, f);
}

void depth_core_lanes(
    long d, long m, const double *w1, const double *b1, const double *a, const double *t, const double *w2,
    const double *b2, const double *x, double *f) {
  double hidden[8 * m];
  depth_lanes_affine(m, d, w1, b1, x, hidden);
  if (a)
    for (long j = 0; j < m; j++)
      for (int l = 0; l < 8; l++) hidden[8 * j + l] += t[l] * a[j];
  depth_vector_tanh(hidden, hidden, 8 * m);
  depth_lanes_affine(d, m, w2, b2, hidden, f);
}
