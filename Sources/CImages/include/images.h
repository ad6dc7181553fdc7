// PNG and JPEG in memory to 8-bit pixels, by libpng and libjpeg. Both report errors by longjmp, which must not cross Swift
// frames: every jump starts and ends in this target.
#ifndef OPTIMAL_DEPTH_IMAGES_H
#define OPTIMAL_DEPTH_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#define DEPTH_IMAGE_MESSAGE 256

typedef struct {
  uint32_t width, height;
  // 1 grey, 3 colour: what the file holds; palettes count as colour, alpha is not counted
  uint32_t channels;
} depth_image_size;

// The size from the header. 0, or -1 with a reason in `message`.
int depth_image_probe(const uint8_t *bytes, size_t count, depth_image_size *size, char message[DEPTH_IMAGE_MESSAGE]);

// Pixels row by row, `channels` (1 or 3) interleaved, into width * height * channels bytes; `size` is what the probe gave.
// Alpha lies over black. 0, or -1 with a reason in `message`: damaged or cut-off data is an error, never grey filling.
int depth_image_decode(const uint8_t *bytes, size_t count, depth_image_size size, uint32_t channels, uint8_t *pixels,
                       char message[DEPTH_IMAGE_MESSAGE]);

#endif
