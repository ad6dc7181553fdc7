#include "readers.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

// libpng's simplified interface catches its own jumps and returns a message.

static int fail(png_image *image, char *message) {
  snprintf(message, DEPTH_IMAGE_MESSAGE, "%s", image->message);
  png_image_free(image);
  return -1;
}

static int begin(png_image *image, const uint8_t *bytes, size_t count, char *message) {
  memset(image, 0, sizeof *image);
  image->version = PNG_IMAGE_VERSION;
  return png_image_begin_read_from_memory(image, bytes, count) ? 0 : fail(image, message);
}

int depth_png_probe(const uint8_t *bytes, size_t count, depth_image_size *size, char *message) {
  png_image image;
  if (begin(&image, bytes, count, message)) return -1;
  size->width = image.width;
  size->height = image.height;
  size->channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
  png_image_free(&image);
  return 0;
}

int depth_png_decode(const uint8_t *bytes, size_t count, depth_image_size size, uint32_t channels, uint8_t *pixels,
                     char *message) {
  png_image image;
  if (begin(&image, bytes, count, message)) return -1;
  if (image.width != size.width || image.height != size.height) {
    snprintf(message, DEPTH_IMAGE_MESSAGE, "its size changed");
    png_image_free(&image);
    return -1;
  }
  image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_color black = {0, 0, 0};
  if (!png_image_finish_read(&image, &black, pixels, (png_int_32)(size.width * channels), NULL))
    return fail(&image, message);
  png_image_free(&image);
  return 0;
}
