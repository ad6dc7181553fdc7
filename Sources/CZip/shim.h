// .npz files are zip archives of .npy files; libzip reads and writes them.
#ifndef OPTIMAL_DEPTH_ZIP_H
#define OPTIMAL_DEPTH_ZIP_H
#include <zip.h>
#endif
