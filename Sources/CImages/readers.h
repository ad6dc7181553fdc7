#ifndef OPTIMAL_DEPTH_IMAGE_READERS_H
#define OPTIMAL_DEPTH_IMAGE_READERS_H

#include "images.h"

int depth_png_probe(const uint8_t *bytes, size_t count, depth_image_size *size, char *message);
int depth_png_decode(const uint8_t *bytes, size_t count, depth_image_size size, uint32_t channels, uint8_t *pixels,
                     char *message);
int depth_jpeg_probe(const uint8_t *bytes, size_t count, depth_image_size *size, char *message);
int depth_jpeg_decode(const uint8_t *bytes, size_t count, depth_image_size size, uint32_t channels, uint8_t *pixels,
                      char *message);

#endif
