#ifndef OPTIMAL_DEPTH_VECTOR_MATH_H
#define OPTIMAL_DEPTH_VECTOR_MATH_H

// Elementwise functions over contiguous doubles; `in` and `out` may be the same buffer.
// At most 3 units in the last place (tested against libm in long double); NaN stays NaN.
void depth_vector_tanh(const double *in, double *out, long count);

// e^x; arguments below -708 are treated as -708, above 709 as 709: meant for soft maxima.
void depth_vector_exp(const double *in, double *out, long count);

// The same in single precision: at most 4 units in the last place; exp clamps to [-87, 88].
void depth_vector_tanhf(const float *in, float *out, long count);
void depth_vector_expf(const float *in, float *out, long count);

// The standard normal distribution function: at most 6 units in the last place where it is above 1e-300.
void depth_vector_normal_cdf(const double *in, double *out, long count);

// Chebyshev series on [-1, 1] at many points, which no output may overlap: y_k = sum_{j < n} c_j T_j(x_k) by Clenshaw's
// recurrence, n >= 1; and its transpose, m_j = sum_k g_k T_j(x_k), n from 1 to DEPTH_MOST_MOMENTS.
enum { DEPTH_MOST_MOMENTS = 512 };
void depth_chebyshev_values(const double *c, long n, const double *x, double *y, long count);
void depth_chebyshev_moments(const double *g, const double *x, long count, double *m, long n);

#endif
