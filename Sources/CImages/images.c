#include "images.h"

#include <stdio.h>
#include <string.h>

#include "readers.h"

// The first bytes decide, not the file's name.
static int is_png(const uint8_t *bytes, size_t count) {
  static const uint8_t magic[8] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  return count >= 8 && memcmp(bytes, magic, 8) == 0;
}

static int is_jpeg(const uint8_t *bytes, size_t count) { return count >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8; }

static int unknown(char *message) {
  snprintf(message, DEPTH_IMAGE_MESSAGE, "it is neither PNG nor JPEG");
  return -1;
}

int depth_image_probe(const uint8_t *bytes, size_t count, depth_image_size *size, char message[DEPTH_IMAGE_MESSAGE]) {
  if (is_png(bytes, count)) return depth_png_probe(bytes, count, size, message);
  if (is_jpeg(bytes, count)) return depth_jpeg_probe(bytes, count, size, message);
  return unknown(message);
}

int depth_image_decode(const uint8_t *bytes, size_t count, depth_image_size size, uint32_t channels, uint8_t *pixels,
                       char message[DEPTH_IMAGE_MESSAGE]) {
  if (is_png(bytes, count)) return depth_png_decode(bytes, count, size, channels, pixels, message);
  if (is_jpeg(bytes, count)) return depth_jpeg_decode(bytes, count, size, channels, pixels, message);
  return unknown(message);
}
