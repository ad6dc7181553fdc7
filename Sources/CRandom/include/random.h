#ifndef OPTIMAL_DEPTH_RANDOM_H
#define OPTIMAL_DEPTH_RANDOM_H

#include <stdint.h>

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
void depth_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

// Entries offset, offset + 1, ... of the sequence (key, stream): a pure function of its arguments, so
// any split over threads gives the same numbers.
void depth_philox_uniforms(uint64_t key, uint64_t stream, uint64_t offset, double *out, long count);
void depth_philox_normals(uint64_t key, uint64_t stream, uint64_t offset, double *out, long count);

// The same normals to rounding (3e-15 absolute), several times faster in runs of 64 and more; the same bits on every
// machine, since nothing is fused and no library function is called.
void depth_philox_normals_vector(uint64_t key, uint64_t stream, uint64_t offset, double *out, long count);

#endif
