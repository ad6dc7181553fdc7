// Chebyshev series at many points, sixteen at a time: the inner loops are as long as two or four of the widest registers.
#include "clones.h"
#include "vector_math.h"

enum { LANES = 16 };

static inline __attribute__((always_inline)) void values_of_lanes(
    const double *c, long n, const double *x, double *y) {
  double last[LANES], before[LANES];
  for (int l = 0; l < LANES; l++) last[l] = before[l] = 0.0;
  for (long j = n - 1; j > 0; j--) {
    for (int l = 0; l < LANES; l++) {
      double next = c[j] + 2.0 * x[l] * last[l] - before[l];
      before[l] = last[l];
      last[l] = next;
    }
  }
  for (int l = 0; l < LANES; l++) y[l] = c[0] + x[l] * last[l] - before[l];
}

CLONES void depth_chebyshev_values(const double *c, long n, const double *x, double *y, long count) {
  long k = 0;
  for (; k + LANES <= count; k += LANES) values_of_lanes(c, n, x + k, y + k);
  if (k == count) return;
  double point[LANES] = {0}, value[LANES];
  for (long l = k; l < count; l++) point[l - k] = x[l];
  values_of_lanes(c, n, point, value);
  for (long l = k; l < count; l++) y[l] = value[l - k];
}

CLONES void depth_chebyshev_moments(const double *g, const double *x, long count, double *m, long n) {
  double sums[DEPTH_MOST_MOMENTS][LANES];
  for (long j = 0; j < n; j++) {
    for (int l = 0; l < LANES; l++) sums[j][l] = 0.0;
  }
  for (long k = 0; k < count; k += LANES) {
    double point[LANES], t[LANES], before[LANES];
    long filled = count - k < LANES ? count - k : LANES;
    for (int l = 0; l < LANES; l++) {
      point[l] = l < filled ? x[k + l] : 0.0;
      // weighted polynomials obey the same recurrence
      t[l] = l < filled ? g[k + l] : 0.0;
      before[l] = point[l] * t[l];
    }
    for (long j = 0; j < n; j++) {
      for (int l = 0; l < LANES; l++) {
        sums[j][l] += t[l];
        double next = 2.0 * point[l] * t[l] - before[l];
        before[l] = t[l];
        t[l] = next;
      }
    }
  }
  for (long j = 0; j < n; j++) {
    double sum = 0.0;
    for (int l = 0; l < LANES; l++) sum += sums[j][l];
    m[j] = sum;
  }
}
