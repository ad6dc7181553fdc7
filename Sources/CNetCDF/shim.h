// Arrays of sweeps as NetCDF-4, which xarray, R and Julia open. HDF5 beneath it prints its error stack from every thread
// that was not told otherwise, and probing for attributes that are not there is an error to it: hence its own header.
#ifndef OPTIMAL_DEPTH_NETCDF_H
#define OPTIMAL_DEPTH_NETCDF_H
#include <hdf5/serial/H5Epublic.h>
#include <netcdf.h>
#endif
