// The kernels of convolution.h for one scalar type and one instruction set, included once for each.
//
// REAL: the type. NAME(x): the function's name. NORMALISATION: the struct's. TILE: pixels of one output row that are held in registers, 16 channels
// each. PAIR: pixels of two blocks of output channels at once, 0 for never. BATCH: input channels whose 3x3
// gradients of 16 output channels are held at once. Values are passed by pointer, so that no calling convention
// depends on the instruction set.

typedef REAL NAME(vector) __attribute__((ext_vector_type(16), aligned(sizeof(REAL)), may_alias));
#define VECTOR NAME(vector)
#define LOAD(p) (*(const VECTOR *)(p))
#define STORE(p, v) (*(VECTOR *)(p) = (v))
#define UNROLLED _Pragma("clang loop unroll(full)")
#define INLINED static inline __attribute__((always_inline, min_vector_width(512)))
#define WIDE static __attribute__((min_vector_width(512)))

// `pixels` pixels of one row of `blocks` blocks of 16 output channels, from `inputs` channels of one input block, by
// the filter's rows from top to bottom.
INLINED void NAME(tile)(
  const REAL *in, long row, long stride, const REAL *weights, long weight_block, long inputs, REAL *out, long out_block,
  int starts, long top, long bottom, const int pixels, const int blocks) {
  VECTOR sum[2][TILE];
  UNROLLED for (int b = 0; b < blocks; b++)
    UNROLLED for (int p = 0; p < pixels; p++)
      sum[b][p] = starts ? (VECTOR)(0) : LOAD(out + b * out_block + 16 * p);
  for (long ky = top; ky < bottom; ky++) {
    for (long kx = 0; kx < 3; kx++) {
      const REAL *x = in + ky * row + 16 * kx;
      const REAL *w = weights + (3 * ky + kx) * inputs * 16;
      for (long i = 0; i < inputs; i++) {
        UNROLLED for (int b = 0; b < blocks; b++) {
          VECTOR v = LOAD(w + b * weight_block + 16 * i);
          UNROLLED for (int p = 0; p < pixels; p++) sum[b][p] += v * x[16 * stride * p + i];
        }
      }
    }
  }
  UNROLLED for (int b = 0; b < blocks; b++)
    UNROLLED for (int p = 0; p < pixels; p++) STORE(out + b * out_block + 16 * p, sum[b][p]);
}

#define CASE(p)                                                                                                        \
  case p:                                                                                                              \
    NAME(tile)(in, row, stride, weights, weight_block, inputs, out, out_block, starts, top, bottom, p, blocks);        \
    break;

INLINED void NAME(tile_of)(
  long pixels, const REAL *in, long row, const long stride, const REAL *weights, long weight_block, long inputs,
  REAL *out, long out_block, int starts, long top, long bottom, const int blocks) {
  switch (pixels) {
    CASE(1)
#if TILE >= 2
    CASE(2)
#endif
#if TILE >= 6
    CASE(3) CASE(4) CASE(5) CASE(6)
#endif
#if TILE >= 14
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)
#endif
  }
}

INLINED void NAME(convolve_blocks)(
  const struct depth_convolution *c, const REAL *padded, const REAL *weights, REAL *result, const long stride,
  const int blocks) {
  const long height = (c->input_height + stride - 1) / stride, width = (c->input_width + stride - 1) / stride;
  const long row = (c->input_width + 2) * 16, block = (c->input_height + 2) * row, out_block = height * width * 16;
  const long most = blocks == 2 ? PAIR : TILE, tiles = (width + most - 1) / most, weight_block = 9 * c->inputs * 16;
  for (long first = 0; first < c->inputs; first += 16) {
    const long inputs = c->inputs - first < 16 ? c->inputs - first : 16;
    const REAL *w = weights + 9 * first * 16, *in = padded + first / 16 * block;
    for (long y = 0; y < height; y++) {
      // the frame's rows are zero and need no work
      const long top = y == 0, rest = c->input_height + 1 - y * stride, bottom = rest < 3 ? rest : 3;
      for (long t = 0, x = 0; t < tiles; t++) {
        const long end = (t + 1) * width / tiles;
        NAME(tile_of)(
          end - x, in + y * stride * row + x * stride * 16, row, stride, w, weight_block, inputs,
          result + (y * width + x) * 16, out_block, first == 0, top, bottom, blocks);
        x = end;
      }
    }
  }
}

WIDE void NAME(convolve)(
  const struct depth_convolution *c, const REAL *padded, const REAL *weights, REAL *result) {
  const long height = (c->input_height + c->stride - 1) / c->stride, width = (c->input_width + c->stride - 1) / c->stride;
  const long out_block = height * width * 16, weight_block = 9 * c->inputs * 16;
  long b = 0;
#if PAIR
  for (; b + 2 <= c->outputs / 16; b += 2) {
    if (c->stride == 1)
      NAME(convolve_blocks)(c, padded, weights + b * weight_block, result + b * out_block, 1, 2);
    else
      NAME(convolve_blocks)(c, padded, weights + b * weight_block, result + b * out_block, 2, 2);
  }
#endif
  for (; b < c->outputs / 16; b++) {
    if (c->stride == 1)
      NAME(convolve_blocks)(c, padded, weights + b * weight_block, result + b * out_block, 1, 1);
    else
      NAME(convolve_blocks)(c, padded, weights + b * weight_block, result + b * out_block, 2, 1);
  }
}

// Gradients of `count` input channels at one tap of the filter, over the pixels of some rows.
INLINED void NAME(tap_gradient)(
  const REAL *in, long row, long stride, const REAL *cotangent, const struct depth_image *place, long rows,
  REAL *gradient, const int count) {
  VECTOR sum[BATCH];
  UNROLLED for (int i = 0; i < count; i++) sum[i] = LOAD(gradient + 16 * i);
  for (long y = 0; y < rows; y++) {
    const REAL *x = in + y * stride * row, *d = cotangent + y * place->row;
    for (long p = 0; p < place->width; p++, x += 16 * stride, d += place->pixel) {
      VECTOR v = LOAD(d);
      UNROLLED for (int i = 0; i < count; i++) sum[i] += v * x[i];
    }
  }
  UNROLLED for (int i = 0; i < count; i++) STORE(gradient + 16 * i, sum[i]);
}

// The bands of rows are such that both images' parts stay in the first-level cache for all taps.
WIDE void NAME(convolution_gradient)(
  const struct depth_convolution *c, const REAL *padded, const REAL *cotangent, const struct depth_image *place,
  REAL *gradient) {
  const long row = (c->input_width + 2) * 16, block = (c->input_height + 2) * row;
  const long band = 112 > place->width ? 112 / place->width : 1;
  for (long y = 0; y < place->height; y += band) {
    const long rows = place->height - y < band ? place->height - y : band;
    for (long b = 0; b < c->outputs / 16; b++) {
      const REAL *d = cotangent + b * place->block + y * place->row;
      for (long first = 0; first < c->inputs; first += 16) {
        const long inputs = c->inputs - first < 16 ? c->inputs - first : 16;
        REAL *g = gradient + b * 9 * c->inputs * 16 + 9 * first * 16;
        const REAL *x = padded + first / 16 * block + y * c->stride * row;
        for (long tap = 0; tap < 9; tap++) {
          // the frame's rows are zero and need no work
          const long ky = tap / 3, top = y == 0 && ky == 0;
          const long end = (c->input_height + 1 - ky + c->stride - 1) / c->stride - y;
          const long count = (rows < end ? rows : end) - top;
          const REAL *at = x + (ky + top * c->stride) * row + tap % 3 * 16, *from = d + top * place->row;
          REAL *to = g + tap * inputs * 16;
          long i = 0;
          for (; i + BATCH <= inputs; i += BATCH)
            NAME(tap_gradient)(at + i, row, c->stride, from, place, count, to + 16 * i, BATCH);
          for (; i < inputs; i++) NAME(tap_gradient)(at + i, row, c->stride, from, place, count, to + 16 * i, 1);
        }
      }
    }
  }
}

WIDE void NAME(adjoint_weights)(const struct depth_convolution *c, const REAL *weights, REAL *adjoint) {
  for (long o = 0; o < c->outputs / 16; o++)
    for (long first = 0; first < c->inputs; first += 16) {
      const long inputs = c->inputs - first < 16 ? c->inputs - first : 16;
      for (long tap = 0; tap < 9; tap++) {
        const REAL *w = weights + (o * c->inputs + first) * 144 + tap * inputs * 16;
        REAL *a = adjoint + (first / 16 * c->outputs + o * 16) * 144 + (8 - tap) * 256;
        for (long k = 0; k < 16; k++)
          for (long l = 0; l < 16; l++) a[16 * k + l] = l < inputs ? w[16 * l + k] : 0;
      }
    }
}

// Each channel's entry becomes the sum over its group.
INLINED void NAME(group_sums)(long channels, long groups, REAL *sums) {
  const long size = channels / groups;
  for (long g = 0; g < groups; g++) {
    REAL sum = 0;
    for (long j = 0; j < size; j++) sum += sums[g * size + j];
    for (long j = 0; j < size; j++) sums[g * size + j] = sum;
  }
}

// Sums over the pixels of one block of channels: of x, or of its square about a mean.
INLINED void NAME(block_sum)(
  const REAL *x, const struct depth_image *s, const REAL *means, REAL *result, const int squared) {
  const VECTOR mean = squared ? LOAD(means) : (VECTOR)(0);
  VECTOR sum[4] = {(VECTOR)(0), (VECTOR)(0), (VECTOR)(0), (VECTOR)(0)};
  for (long y = 0; y < s->height; y++) {
    const REAL *r = x + y * s->row;
    long p = 0;
    for (; p + 4 <= s->width; p += 4, r += 4 * s->pixel)
      UNROLLED for (int j = 0; j < 4; j++) {
        VECTOR v = LOAD(r + j * s->pixel) - mean;
        sum[j] += squared ? v * v : v;
      }
    for (; p < s->width; p++, r += s->pixel) {
      VECTOR v = LOAD(r) - mean;
      sum[0] += squared ? v * v : v;
    }
  }
  STORE(result, (sum[0] + sum[1]) + (sum[2] + sum[3]));
}

WIDE void NAME(group_statistics)(
  const REAL *x, const struct depth_image *s, long groups, REAL epsilon, REAL *mean, REAL *reciprocal) {
  const REAL share = (REAL)groups / (REAL)(s->channels * s->height * s->width);
  for (long b = 0; b < s->channels / 16; b++)
    NAME(block_sum)(x + b * s->block, s, mean, mean + 16 * b, 0);
  NAME(group_sums)(s->channels, groups, mean);
  for (long i = 0; i < s->channels; i++) mean[i] *= share;
  for (long b = 0; b < s->channels / 16; b++)
    NAME(block_sum)(x + b * s->block, s, mean + 16 * b, reciprocal + 16 * b, 1);
  NAME(group_sums)(s->channels, groups, reciprocal);
  for (long i = 0; i < s->channels; i++)
    reciprocal[i] = 1 / __builtin_elementwise_sqrt(reciprocal[i] * share + epsilon);
}

// y = slope x + offset of one block's channels.
INLINED void NAME(affine)(
  const struct NORMALISATION *n, long channel, VECTOR *slope, VECTOR *offset) {
  *slope = LOAD(n->reciprocal + channel) * LOAD(n->gain + channel);
  *offset = LOAD(n->bias + channel) - LOAD(n->mean + channel) * *slope;
}

WIDE void NAME(normalise)(
  const REAL *x, const struct depth_image *s, const struct NORMALISATION *n, REAL *y,
  const struct depth_image *t) {
  for (long b = 0; b < s->channels / 16; b++) {
    VECTOR slope, offset;
    NAME(affine)(n, 16 * b, &slope, &offset);
    for (long i = 0; i < s->height; i++) {
      const REAL *from = x + b * s->block + i * s->row;
      REAL *to = y + b * t->block + i * t->row;
      for (long j = 0; j < s->width; j++, from += s->pixel, to += t->pixel) {
        VECTOR v = slope * LOAD(from) + offset;
        STORE(to, n->rectified ? __builtin_elementwise_max(v, (VECTOR)(0)) : v);
      }
    }
  }
}

// With e = x-hat = (x - mean) r over a group of m values, a = gain dl/dy: dl/dx = r (a - mean(a) - e mean(a e)).
WIDE void NAME(normalise_gradient)(
  const REAL *x, const struct depth_image *s, const struct NORMALISATION *n, long groups, const REAL *cotangent,
  REAL *scratch, REAL *gain_gradient, REAL *bias_gradient, REAL *x_gradient, const struct depth_image *t, int adds) {
  const long channels = s->channels;
  REAL *sums = scratch, *products = scratch + channels;
  for (long b = 0; b < channels / 16; b++) {
    VECTOR slope, offset, sum[2] = {(VECTOR)(0), (VECTOR)(0)}, product[2] = {(VECTOR)(0), (VECTOR)(0)};
    NAME(affine)(n, 16 * b, &slope, &offset);
    const VECTOR mean = LOAD(n->mean + 16 * b), reciprocal = LOAD(n->reciprocal + 16 * b);
    for (long i = 0; i < s->height; i++) {
      const REAL *u = x + b * s->block + i * s->row, *d = cotangent + b * s->block + i * s->row;
      for (long j = 0; j < s->width; j++, u += s->pixel, d += s->pixel) {
        VECTOR v = LOAD(u), a = LOAD(d);
        if (n->rectified) a = slope * v + offset > 0 ? a : (VECTOR)(0);
        sum[j & 1] += a;
        product[j & 1] += a * (v - mean);
      }
    }
    STORE(sums + 16 * b, sum[0] + sum[1]);
    STORE(products + 16 * b, (product[0] + product[1]) * reciprocal);
  }
  for (long i = 0; i < channels; i++) {
    if (gain_gradient) gain_gradient[i] += products[i];
    if (bias_gradient) bias_gradient[i] += sums[i];
    sums[i] *= n->gain[i];
    products[i] *= n->gain[i];
  }
  NAME(group_sums)(channels, groups, sums);
  NAME(group_sums)(channels, groups, products);
  const REAL share = (REAL)groups / (REAL)(channels * s->height * s->width);
  for (long b = 0; b < channels / 16; b++) {
    VECTOR slope, offset;
    NAME(affine)(n, 16 * b, &slope, &offset);
    const VECTOR reciprocal = LOAD(n->reciprocal + 16 * b);
    const VECTOR linear = -share * LOAD(products + 16 * b) * reciprocal * reciprocal;
    const VECTOR constant = -share * LOAD(sums + 16 * b) * reciprocal - linear * LOAD(n->mean + 16 * b);
    for (long i = 0; i < s->height; i++) {
      const REAL *u = x + b * s->block + i * s->row, *d = cotangent + b * s->block + i * s->row;
      REAL *to = x_gradient + b * t->block + i * t->row;
      for (long j = 0; j < s->width; j++, u += s->pixel, d += s->pixel, to += t->pixel) {
        VECTOR v = LOAD(u), a = LOAD(d);
        if (n->rectified) a = slope * v + offset > 0 ? a : (VECTOR)(0);
        v = slope * a + (linear * v + constant);
        STORE(to, adds ? LOAD(to) + v : v);
      }
    }
  }
}

WIDE void NAME(place)(
  const REAL *x, const struct depth_image *s, REAL scale, REAL *target, const struct depth_image *t, int adds) {
  for (long b = 0; b < s->channels / 16; b++)
    for (long i = 0; i < s->height; i++) {
      const REAL *from = x + b * s->block + i * s->row;
      REAL *to = target + b * t->block + i * t->row;
      for (long j = 0; j < s->width; j++, from += s->pixel, to += t->pixel)
        STORE(to, adds ? LOAD(to) + scale * LOAD(from) : scale * LOAD(from));
    }
}

WIDE void NAME(pixel_mean)(const REAL *x, const struct depth_image *s, REAL *means) {
  const REAL share = 1 / (REAL)(s->height * s->width);
  for (long b = 0; b < s->channels / 16; b++) {
    NAME(block_sum)(x + b * s->block, s, means, means + 16 * b, 0);
    STORE(means + 16 * b, share * LOAD(means + 16 * b));
  }
}

WIDE void NAME(pixel_mean_gradient)(const REAL *cotangent, REAL *x_gradient, const struct depth_image *s) {
  const REAL share = 1 / (REAL)(s->height * s->width);
  for (long b = 0; b < s->channels / 16; b++) {
    const VECTOR v = share * LOAD(cotangent + 16 * b);
    for (long i = 0; i < s->height; i++) {
      REAL *to = x_gradient + b * s->block + i * s->row;
      for (long j = 0; j < s->width; j++, to += s->pixel) STORE(to, LOAD(to) + v);
    }
  }
}

#undef VECTOR
#undef LOAD
#undef STORE
#undef UNROLLED
#undef INLINED
#undef WIDE
#undef CASE
#undef NAME
#undef TILE
#undef PAIR
#undef BATCH
