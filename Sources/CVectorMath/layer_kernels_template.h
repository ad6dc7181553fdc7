// Included by layer_kernels.c with REAL, NAME(x), REAL_SQRT and REAL_EXP defined.

CLONES void NAME(depth_layer_norm)(
    long rows, long n, const REAL *restrict x, const REAL *restrict gain, const REAL *restrict bias, REAL *restrict y,
    REAL *restrict statistics) {
  LANES_IN_SUMS
  for (long r = 0; r < rows; r++) {
    const REAL *xr = x + r * n;
    REAL *yr = y + r * n;
    REAL sum = 0;
    for (long j = 0; j < n; j++) sum += xr[j];
    REAL mean = sum / (REAL)n, squares = 0;
    for (long j = 0; j < n; j++) squares += (xr[j] - mean) * (xr[j] - mean);
    REAL inverse = (REAL)1 / REAL_SQRT(squares / (REAL)n + (REAL)1e-5);
    for (long j = 0; j < n; j++) yr[j] = (xr[j] - mean) * inverse * gain[j] + bias[j];
    statistics[2 * r] = mean;
    statistics[2 * r + 1] = inverse;
  }
}

CLONES void NAME(depth_layer_norm_pullback)(
    long rows, long n, const REAL *restrict x, const REAL *restrict statistics, const REAL *restrict gain,
    const REAL *restrict dy, REAL *restrict dx, REAL *restrict dgain, REAL *restrict dbias) {
  LANES_IN_SUMS
  for (long r = 0; r < rows; r++) {
    const REAL *xr = x + r * n, *dyr = dy + r * n;
    REAL *dxr = dx + r * n;
    REAL mean = statistics[2 * r], inverse = statistics[2 * r + 1], first = 0, second = 0;
    for (long j = 0; j < n; j++) {
      REAL slope = dyr[j] * gain[j];
      first += slope;
      second += slope * (xr[j] - mean);
    }
    first /= (REAL)n;
    second *= inverse * inverse / (REAL)n;
    for (long j = 0; j < n; j++) dxr[j] += inverse * (dyr[j] * gain[j] - first - (xr[j] - mean) * second);
    if (dgain) {
      for (long j = 0; j < n; j++) dgain[j] += dyr[j] * (xr[j] - mean) * inverse;
      for (long j = 0; j < n; j++) dbias[j] += dyr[j];
    }
  }
}

CLONES void NAME(depth_add_bias)(long rows, long n, const REAL *restrict bias, REAL *restrict x) {
  for (long r = 0; r < rows; r++)
    for (long j = 0; j < n; j++) x[r * n + j] += bias[j];
}

CLONES void NAME(depth_bias_relu)(long rows, long n, const REAL *restrict bias, REAL *restrict x) {
  for (long r = 0; r < rows; r++)
    for (long j = 0; j < n; j++) {
      REAL value = x[r * n + j] + bias[j];
      // NaN stays NaN, so that it is seen
      x[r * n + j] = value < 0 ? 0 : value;
    }
}

CLONES void NAME(depth_relu_pullback)(
    long rows, long n, const REAL *restrict y, REAL *restrict dx, REAL *restrict sums) {
  for (long r = 0; r < rows; r++) {
    const REAL *yr = y + r * n;
    REAL *dxr = dx + r * n;
    if (sums) {
      for (long j = 0; j < n; j++) {
        REAL value = yr[j] == 0 ? 0 : dxr[j];
        dxr[j] = value;
        sums[j] += value;
      }
    } else {
      for (long j = 0; j < n; j++) dxr[j] = yr[j] == 0 ? 0 : dxr[j];
    }
  }
}

CLONES void NAME(depth_tanh_pullback)(
    long rows, long n, const REAL *restrict y, REAL *restrict dx, REAL *restrict sums) {
  for (long r = 0; r < rows; r++) {
    const REAL *yr = y + r * n;
    REAL *dxr = dx + r * n;
    for (long j = 0; j < n; j++) dxr[j] *= 1 - yr[j] * yr[j];
    if (sums)
      for (long j = 0; j < n; j++) sums[j] += dxr[j];
  }
}

CLONES void NAME(depth_column_sums)(long rows, long n, REAL scale, const REAL *restrict x, REAL *restrict sums) {
  for (long r = 0; r < rows; r++)
    for (long j = 0; j < n; j++) sums[j] += scale * x[r * n + j];
}

CLONES void NAME(depth_add_scaled)(long n, REAL scale, const REAL *x, const REAL *y, REAL *out) {
  _Pragma("clang loop vectorize(assume_safety)")
  for (long i = 0; i < n; i++) out[i] = y[i] + scale * x[i];
}

CLONES void NAME(depth_add_differences)(
    long rows, long n, const double *restrict coefficients, long stride, const REAL *restrict after,
    const REAL *restrict before, REAL *restrict x) {
  for (long r = 0; r < rows; r++) {
    REAL factor = (REAL)coefficients[r * stride];
    for (long j = r * n; j < (r + 1) * n; j++) x[j] += factor * (after[j] - before[j]);
  }
}

CLONES void NAME(depth_distance_squares)(
    long rows, long n, double factor, const REAL *restrict after, const REAL *restrict before,
    double *restrict squares, long stride) {
  LANES_IN_SUMS
  for (long r = 0; r < rows; r++) {
    REAL sum = 0;
    for (long j = r * n; j < (r + 1) * n; j++) sum += (after[j] - before[j]) * (after[j] - before[j]);
    squares[r * stride] = factor * sum;
  }
}

CLONES void NAME(depth_softmax_losses)(
    long rows, long classes, long width, const REAL *restrict logits, const long *restrict labels, REAL *restrict p,
    double *restrict losses, long stride) {
  for (long r = 0; r < rows; r++) {
    const REAL *z = logits + r * width;
    REAL top = z[0];
    for (long j = 1; j < classes; j++) top = z[j] > top ? z[j] : top;
    for (long j = 0; j < classes; j++) p[r * classes + j] = z[j] - top;
    // ln p_label = (z_label - top) - ln sum: the first part before the exponentials overwrite it
    losses[r * stride] = -(double)(z[labels[r]] - top);
  }
  REAL_EXP(p, p, rows * classes);
  for (long r = 0; r < rows; r++) {
    REAL *q = p + r * classes, sum = 0;
    for (long j = 0; j < classes; j++) sum += q[j];
    REAL inverse = 1 / sum;
    for (long j = 0; j < classes; j++) q[j] *= inverse;
    losses[r * stride] += log((double)sum);
  }
}

CLONES void NAME(depth_soft_label_losses)(
    long rows, long classes, long width, const REAL *restrict logits, const long *restrict labels,
    const REAL *restrict q, const double *restrict losses, double *restrict out, long stride) {
  for (long r = 0; r < rows; r++) {
    const REAL *z = logits + r * width;
    double sum = 0;
    for (long j = 0; j < classes; j++) sum += (double)q[r * classes + j] * (double)(z[labels[r]] - z[j]);
    out[r * stride] = losses[r * stride] + sum;
  }
}

CLONES void NAME(depth_softmax_pullback)(
    long rows, long classes, long width, const REAL *restrict p, const long *restrict labels, const REAL *restrict q,
    double share, const double *restrict slopes, long stride, const double *restrict gate_slopes, long gate_stride,
    REAL *restrict dz) {
  for (long r = 0; r < rows; r++) {
    double slope = slopes[r * stride];
    REAL *out = dz + r * width;
    for (long j = 0; j < classes; j++) out[j] = (REAL)slope * p[r * classes + j];
    if (share != 0)
      for (long j = 0; j < classes; j++) out[j] -= (REAL)share * q[r * classes + j];
    out[labels[r]] -= (REAL)(slope - share);
    for (long j = classes; j < width; j++) out[j] = (REAL)gate_slopes[r * gate_stride];
  }
}

void NAME(depth_sigmoids)(long rows, long width, const REAL *x, double *out, long stride) {
  for (long r = 0; r < rows; r++) out[r * stride] = 1 / (1 + exp(-(double)x[r * width]));
}

CLONES double NAME(depth_sum_buffers)(
    long n, long buffers, const REAL *const *sources, long offset, REAL *restrict out) {
  LANES_IN_SUMS
  for (long b = 0; b < buffers; b++) {
    const REAL *restrict source = sources[b] + offset;
    for (long i = 0; i < n; i++) out[i] += source[i];
  }
  REAL sum = 0;
  for (long i = 0; i < n; i++) sum += out[i] * out[i];
  return sum;
}

CLONES void NAME(depth_adam_update)(
    long n, REAL *restrict p, REAL *restrict m, REAL *restrict v, const REAL *restrict g, REAL scale, REAL beta1,
    REAL beta2, REAL rate, REAL epsilon, REAL keep) {
  for (long i = 0; i < n; i++) {
    REAL slope = scale * g[i];
    REAL first = beta1 * m[i] + (1 - beta1) * slope, second = beta2 * v[i] + (1 - beta2) * slope * slope;
    m[i] = first;
    v[i] = second;
    p[i] = keep * p[i] - rate * first / (REAL_SQRT(second) + epsilon);
  }
}

CLONES void NAME(depth_momentum_update)(
    long n, REAL *restrict p, REAL *restrict u, const REAL *restrict g, REAL scale, REAL momentum, REAL rate,
    REAL decay) {
  for (long i = 0; i < n; i++) {
    u[i] = momentum * u[i] + scale * g[i] + decay * p[i];
    p[i] -= rate * u[i];
  }
}

CLONES void NAME(depth_from_single)(long n, const float *restrict x, REAL *restrict out) {
  for (long i = 0; i < n; i++) out[i] = (REAL)x[i];
}

CLONES void NAME(depth_add_noise)(long n, double scale, const double *restrict noise, REAL *restrict x) {
  for (long i = 0; i < n; i++) x[i] += (REAL)(scale * noise[i]);
}

CLONES long NAME(depth_first_nonfinite_row)(long rows, long n, const REAL *x) {
  for (long r = 0; r < rows; r++) {
    REAL sum = 0;
    for (long j = 0; j < n; j++) sum += 0 * x[r * n + j];
    if (sum != 0) return r;
  }
  return -1;
}
