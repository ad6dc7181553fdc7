#ifndef OPTIMAL_DEPTH_VECTOR_MATH_H
#define OPTIMAL_DEPTH_VECTOR_MATH_H

// Elementwise functions over contiguous doubles; `in` and `out` may be the same buffer.
// At most 3 units in the last place (tested against libm in long double); NaN stays NaN.
void depth_vector_tanh(const double *in, double *out, long count);

// e^x; arguments below -708 are treated as -708, above 709 as 709: meant for soft maxima.
void depth_vector_exp(const double *in, double *out, long count);

#endif
