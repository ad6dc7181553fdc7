#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "readers.h"

// A file may repeat scans of a few bytes without end, each a pass over the whole image.
enum { most_scans = 64 };

typedef struct {
  struct jpeg_decompress_struct decoder;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  uint8_t *row;
  char *message;
} reader;

static void on_error(j_common_ptr common) {
  reader *self = common->client_data;
  char text[JMSG_LENGTH_MAX];
  common->err->format_message(common, text);
  snprintf(self->message, DEPTH_IMAGE_MESSAGE, "%s", text);
  longjmp(self->escape, 1);
}

// libjpeg fills what is missing or damaged with grey and warns: here that is an error, stray bytes are not.
static void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;
  int code = common->err->msg_code;
  if (code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR || code == JWRN_TOO_MUCH_DATA)
    return;
  on_error(common);
}

static void on_output(j_common_ptr common) { (void)common; }

static void on_progress(j_common_ptr common) {
  if (!common->is_decompressor || ((j_decompress_ptr)common)->input_scan_number <= most_scans) return;
  reader *self = common->client_data;
  snprintf(self->message, DEPTH_IMAGE_MESSAGE, "it has more than %d scans", most_scans);
  longjmp(self->escape, 1);
}

static int finish(reader *self, int status) {
  jpeg_destroy_decompress(&self->decoder);
  free(self->row);
  return status;
}

static void start(reader *self, char *message) {
  memset(self, 0, sizeof *self);
  self->message = message;
  self->decoder.err = jpeg_std_error(&self->errors);
  self->decoder.client_data = self;
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  self->errors.output_message = on_output;
  self->progress.progress_monitor = on_progress;
}

static void read_header(reader *self, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(&self->decoder);
  self->decoder.client_data = self;
  self->decoder.progress = &self->progress;
  jpeg_mem_src(&self->decoder, bytes, count);
  jpeg_read_header(&self->decoder, TRUE);
}

// The frames that catch a jump: nothing of theirs changes between setjmp and longjmp, the reader lies in the caller's.
static int probe(reader *self, const uint8_t *bytes, size_t count, depth_image_size *size) {
  if (setjmp(self->escape)) return -1;
  read_header(self, bytes, count);
  size->width = self->decoder.image_width;
  size->height = self->decoder.image_height;
  size->channels = self->decoder.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
  return 0;
}

int depth_jpeg_probe(const uint8_t *bytes, size_t count, depth_image_size *size, char *message) {
  reader self;
  start(&self, message);
  return finish(&self, probe(&self, bytes, count, size));
}

static uint8_t luminance(const uint8_t *rgb) {
  return (uint8_t)((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
}

// Adobe writes CMYK inverted, and so do all who write CMYK in JPEG.
static void row_from_cmyk(const uint8_t *row, uint32_t width, uint32_t channels, uint8_t *pixels) {
  for (uint32_t x = 0; x < width; ++x, row += 4, pixels += channels) {
    uint8_t rgb[3];
    for (int i = 0; i < 3; ++i) rgb[i] = (uint8_t)((row[i] * row[3] + 127) / 255);
    if (channels == 3) memcpy(pixels, rgb, 3);
    else pixels[0] = luminance(rgb);
  }
}

static int refuse(reader *self, const char *reason) {
  snprintf(self->message, DEPTH_IMAGE_MESSAGE, "%s", reason);
  return -1;
}

static int decode(reader *self, const uint8_t *bytes, size_t count, depth_image_size size, uint32_t channels,
                  uint8_t *pixels) {
  if (setjmp(self->escape)) return -1;
  read_header(self, bytes, count);
  struct jpeg_decompress_struct *decoder = &self->decoder;
  if (decoder->image_width != size.width || decoder->image_height != size.height)
    return refuse(self, "its size changed");
  int is_cmyk = decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK;
  decoder->out_color_space = is_cmyk ? JCS_CMYK : channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_start_decompress(decoder);
  if (is_cmyk && (self->row = malloc((size_t)size.width * 4)) == NULL) return refuse(self, "no memory for a row");
  while (decoder->output_scanline < decoder->output_height) {
    uint8_t *target = pixels + (size_t)decoder->output_scanline * size.width * channels;
    JSAMPROW rows[1] = {is_cmyk ? self->row : target};
    if (jpeg_read_scanlines(decoder, rows, 1) != 1) return refuse(self, "it is cut off");
    if (is_cmyk) row_from_cmyk(self->row, size.width, channels, target);
  }
  jpeg_finish_decompress(decoder);
  return 0;
}

int depth_jpeg_decode(const uint8_t *bytes, size_t count, depth_image_size size, uint32_t channels, uint8_t *pixels,
                      char *message) {
  reader self;
  start(&self, message);
  return finish(&self, decode(&self, bytes, count, size, channels, pixels));
}
