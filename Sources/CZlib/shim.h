// gzip files are inflated in steps, so that a bound on the unpacked size holds before memory is taken.
#ifndef OPTIMAL_DEPTH_ZLIB_H
#define OPTIMAL_DEPTH_ZLIB_H
#include <zlib.h>
#endif
