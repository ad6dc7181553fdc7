// Arrays of sweeps as NetCDF-4, which xarray, R and Julia open.
#ifndef OPTIMAL_DEPTH_NETCDF_H
#define OPTIMAL_DEPTH_NETCDF_H
#include <netcdf.h>
#endif
