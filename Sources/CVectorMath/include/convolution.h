#ifndef OPTIMAL_DEPTH_CONVOLUTION_H
#define OPTIMAL_DEPTH_CONVOLUTION_H

// 3x3 convolutions and group normalisation of one image at a time, in single (_f) and double (_d) precision.
//
// Layout: channels in blocks of 16, a block being height x width pixels of 16 channels, so that one vector of 16
// channels is the unit of all arithmetic. A padded image has a frame of one pixel around each block, zero by the
// caller's care: 3x3 filters then need no cases at the edge. Weights: [output block][input block][ky][kx][input
// channel][16 output channels]; a last input block may have fewer than 16 channels and then keeps no room for them.

struct depth_convolution {
  long inputs;                      // channels; any number
  long outputs;                     // channels; a multiple of 16
  long input_height, input_width;   // without the frame
  long stride;                      // 1 or 2; the result is ceil(input_height / stride) x ceil(input_width / stride)
};

// Where an image lies that may be part of a larger one: its first pixel is at the pointer that comes with it.
struct depth_image {
  long channels;                    // a multiple of 16
  long height, width;
  long block, row, pixel;           // scalars from one block, row and pixel to the next
};

// Of one group normalisation: y = gain (x - mean) reciprocal + bias, then max(y, 0) with `rectified`. Mean and
// reciprocal deviation are a channel's (those of its group).
#define DEPTH_DECLARE_CONVOLUTION(REAL, S)                                                                            \
  struct depth_normalisation_##S {                                                                                    \
    const REAL *mean, *reciprocal, *gain, *bias;                                                                      \
    int rectified;                                                                                                    \
  };                                                                                                                  \
  /* The result is overwritten; it is not padded. */                                                                  \
  void depth_convolve_##S(const struct depth_convolution *, const REAL *padded, const REAL *weights, REAL *result);   \
  /* Adds dl/dweights, given dl/dresult as an image of any place. */                                                  \
  void depth_convolution_gradient_##S(                                                                                \
    const struct depth_convolution *, const REAL *padded, const REAL *cotangent, const struct depth_image *place,     \
    REAL *gradient);                                                                                                  \
  /* Weights of the adjoint convolution, which maps dl/dresult, padded (with stride 2: its pixels two apart in an   */ \
  /* image of the input's size), to dl/dinput; its outputs are the inputs, rounded up to a multiple of 16.          */ \
  void depth_adjoint_weights_##S(const struct depth_convolution *, const REAL *weights, REAL *adjoint);               \
  /* Mean and 1/sqrt(variance + epsilon) of each group of channels, written for each channel. */                      \
  void depth_group_statistics_##S(                                                                                    \
    const REAL *x, const struct depth_image *, long groups, REAL epsilon, REAL *mean, REAL *reciprocal);              \
  void depth_normalise_##S(                                                                                           \
    const REAL *x, const struct depth_image *, const struct depth_normalisation_##S *, REAL *y,                       \
    const struct depth_image *target);                                                                                \
  /* Given dl/dy (lying as x does): adds dl/dgain and dl/dbias (each may be null); dl/dx overwrites the target or is */ \
  /* added to it. `scratch` holds 2 x channels scalars.                                                             */ \
  void depth_normalise_gradient_##S(                                                                                  \
    const REAL *x, const struct depth_image *, const struct depth_normalisation_##S *, long groups,                   \
    const REAL *cotangent, REAL *scratch, REAL *gain_gradient, REAL *bias_gradient, REAL *x_gradient,                 \
    const struct depth_image *target, int adds);                                                                      \
  /* target = scale x, or target += scale x; of the first image's height and width. */                                \
  void depth_place_##S(                                                                                               \
    const REAL *x, const struct depth_image *, REAL scale, REAL *target, const struct depth_image *place, int adds);  \
  /* Mean of each channel over the pixels, and its adjoint: adds cotangent / pixels to every pixel. */                \
  void depth_pixel_mean_##S(const REAL *x, const struct depth_image *, REAL *means);                                  \
  void depth_pixel_mean_gradient_##S(const REAL *cotangent, REAL *x_gradient, const struct depth_image *);

DEPTH_DECLARE_CONVOLUTION(float, f)
DEPTH_DECLARE_CONVOLUTION(double, d)

#endif
