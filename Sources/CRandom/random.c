#include "random.h"
#include <math.h>

static inline void round_philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
  uint64_t p0 = (uint64_t)0xD2511F53u * c[0];
  uint64_t p1 = (uint64_t)0xCD9E8D57u * c[2];
  uint32_t n0 = (uint32_t)(p1 >> 32) ^ c[1] ^ k0;
  uint32_t n2 = (uint32_t)(p0 >> 32) ^ c[3] ^ k1;
  c[1] = (uint32_t)p1;
  c[3] = (uint32_t)p0;
  c[0] = n0;
  c[2] = n2;
}

void depth_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
  uint32_t k0 = key[0], k1 = key[1];
  for (int r = 0; r < 10; r++) {
    round_philox(c, k0, k1);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < 4; i++) out[i] = c[i];
}

// Two uniforms in the open interval (0, 1) from block `index` of the stream: 53 bits each, centred.
static inline void uniform_pair(uint64_t key, uint64_t stream, uint64_t index, double u[2]) {
  uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
  uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
  uint32_t w[4];
  depth_philox4x32(counter, k, w);
  for (int i = 0; i < 2; i++) {
    uint64_t bits = ((uint64_t)w[2 * i] << 32 | w[2 * i + 1]) >> 12;
    u[i] = ((double)bits + 0.5) * 0x1p-52;
  }
}

void depth_philox_uniforms(uint64_t key, uint64_t stream, uint64_t offset, double *out, long count) {
  double u[2] = {0, 0};
  uint64_t held = UINT64_MAX;
  for (long i = 0; i < count; i++) {
    uint64_t n = offset + (uint64_t)i;
    if (n / 2 != held) uniform_pair(key, stream, held = n / 2, u);
    out[i] = u[n & 1];
  }
}

void depth_philox_normals(uint64_t key, uint64_t stream, uint64_t offset, double *out, long count) {
  double z[2] = {0, 0};
  uint64_t held = UINT64_MAX;
  for (long i = 0; i < count; i++) {
    uint64_t n = offset + (uint64_t)i;
    if (n / 2 != held) {
      double u[2];
      uniform_pair(key, stream, held = n / 2, u);
      double radius = sqrt(-2.0 * log(u[0]));
      double angle = 6.283185307179586476925 * u[1];
      z[0] = radius * cos(angle);
      z[1] = radius * sin(angle);
    }
    out[i] = z[n & 1];
  }
}
