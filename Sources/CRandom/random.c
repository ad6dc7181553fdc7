#include "random.h"
#include <math.h>
#include <string.h>

// Branch-free loops that clang vectorises; target_clones picks the widest unit at load time. No product is
// fused with a sum, so that every unit gives the same bits.
#pragma clang fp contract(off)
// the thread sanitizer instruments the picking too, which runs before its own start
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif

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

// ln x for x in (0, 1]: x = 2^e m with m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh s, s = (m - 1) / (m + 1),
// |s| < 0.1716: the first term left out is below 2e-18. Near one it is accurate relative to 1 - x.
static inline double log_unit(double x) {
  int64_t bits;
  memcpy(&bits, &x, sizeof bits);
  // the exponent counts from sqrt(1/2), whose mantissa bits are taken off first
  int64_t shifted = bits - 0x3FE6A09E667F3BCD;
  int64_t mantissa = (shifted & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E667F3BCD;
  // e as a double without a conversion of 64-bit integers, which SSE2 and AVX2 lack
  int64_t biased = ((shifted >> 52) & 0xFFF) ^ 0x800;
  int64_t magic = biased | 0x4330000000000000;
  double e, m;
  memcpy(&e, &magic, sizeof e);
  memcpy(&m, &mantissa, sizeof m);
  e -= 0x1p52 + 2048.0;
  double s = (m - 1.0) / (m + 1.0);
  double z = s * s;
  double p = 1.0 / 23.0;
  p = p * z + 1.0 / 21.0;
  p = p * z + 1.0 / 19.0;
  p = p * z + 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  // ln 2 in two parts: the first times e is exact
  return e * 0x1.62e42fee00000p-1 + (e * 0x1.a39ef35793c76p-33 + 2.0 * (s + s * z * p));
}

// cos and sin of 2 pi v, v in (0, 1): v = q / 4 + r exactly, |r| <= 1/8, then Taylor's series of the angle 2 pi r
// (terms left out below 3e-19 and 4e-17) and a turn by q quarters.
static inline void turn(double v, double *cosine, double *sine) {
  const double shift = 0x1.8p52;
  double shifted = 4.0 * v + shift;
  double quarters = shifted - shift;
  int64_t q;
  memcpy(&q, &shifted, sizeof q);
  double a = 6.283185307179586476925 * (v - 0.25 * quarters);
  double z = a * a;
  double s = 1.0 / 355687428096000.0;
  s = s * z - 1.0 / 1307674368000.0;
  s = s * z + 1.0 / 6227020800.0;
  s = s * z - 1.0 / 39916800.0;
  s = s * z + 1.0 / 362880.0;
  s = s * z - 1.0 / 5040.0;
  s = s * z + 1.0 / 120.0;
  s = s * z - 1.0 / 6.0;
  s = a + a * (z * s);
  double c = -1.0 / 6402373705728000.0;
  c = c * z + 1.0 / 20922789888000.0;
  c = c * z - 1.0 / 87178291200.0;
  c = c * z + 1.0 / 479001600.0;
  c = c * z - 1.0 / 3628800.0;
  c = c * z + 1.0 / 40320.0;
  c = c * z - 1.0 / 720.0;
  c = c * z + 1.0 / 24.0;
  c = c * z - 0.5;
  c = 1.0 + z * c;
  double first = (q & 1) ? s : c;
  double second = (q & 1) ? c : s;
  *cosine = ((q + 1) & 2) ? -first : first;
  *sine = (q & 2) ? -second : second;
}

// Blocks in one pass of the loop below: a kilobyte or so of scratch, which stays in the first cache.
enum { BATCH = 32 };

// Normals 2 index, 2 index + 1, ... of BATCH blocks.
CLONES static void normal_batch(uint64_t key, uint64_t stream, uint64_t index, double out[2 * BATCH]) {
  double radius[BATCH], cosine[BATCH], sine[BATCH];
  for (int i = 0; i < BATCH; i++) {
    uint64_t n = index + (uint64_t)i;
    // words in 64 bits each, for the widening products
    uint64_t c0 = n & 0xFFFFFFFF, c1 = n >> 32, c2 = stream & 0xFFFFFFFF, c3 = stream >> 32;
    uint64_t k0 = key & 0xFFFFFFFF, k1 = key >> 32;
    for (int r = 0; r < 10; r++) {
      uint64_t p0 = 0xD2511F53u * c0;
      uint64_t p1 = 0xCD9E8D57u * c2;
      c0 = (p1 >> 32) ^ c1 ^ k0;
      c2 = (p0 >> 32) ^ c3 ^ k1;
      c1 = p1 & 0xFFFFFFFF;
      c3 = p0 & 0xFFFFFFFF;
      k0 = (k0 + 0x9E3779B9u) & 0xFFFFFFFF;
      k1 = (k1 + 0xBB67AE85u) & 0xFFFFFFFF;
    }
    // 52 bits into the mantissa of a number in [1, 2), then centred: exactly (bits + 1/2) 2^-52
    uint64_t b0 = ((c0 << 32 | c1) >> 12) | 0x3FF0000000000000, b1 = ((c2 << 32 | c3) >> 12) | 0x3FF0000000000000;
    double u, v;
    memcpy(&u, &b0, sizeof u);
    memcpy(&v, &b1, sizeof v);
    u = (u - 1.0) + 0x1p-53;
    v = (v - 1.0) + 0x1p-53;
    radius[i] = __builtin_elementwise_sqrt(-2.0 * log_unit(u));
    turn(v, &cosine[i], &sine[i]);
  }
  for (int i = 0; i < BATCH; i++) {
    out[2 * i] = radius[i] * cosine[i];
    out[2 * i + 1] = radius[i] * sine[i];
  }
}

void depth_philox_normals_vector(uint64_t key, uint64_t stream, uint64_t offset, double *out, long count) {
  double whole[2 * BATCH];
  while (count > 0) {
    long skipped = (long)(offset & 1);
    long taken = 2 * BATCH - skipped;
    if (taken > count) taken = count;
    if (skipped == 0 && taken == 2 * BATCH) {
      normal_batch(key, stream, offset / 2, out);
    } else {
      normal_batch(key, stream, offset / 2, whole);
      memcpy(out, whole + skipped, (size_t)taken * sizeof(double));
    }
    out += taken;
    offset += (uint64_t)taken;
    count -= taken;
  }
}
