// SUNDIALS ships no pkg-config file, so the module map names its libraries.
// Includes only: every macro that Swift cannot import is replaced in DepthDynamics/Sundials.
// cvodes, never cvode beside it: the two redefine each other.
#ifndef OPTIMAL_DEPTH_SUNDIALS_H
#define OPTIMAL_DEPTH_SUNDIALS_H
#include <arkode/arkode.h>
#include <arkode/arkode_arkstep.h>
#include <arkode/arkode_erkstep.h>
#include <cvodes/cvodes.h>
#include <idas/idas.h>
#include <nvector/nvector_serial.h>
#include <sundials/sundials_types.h>
#include <sundials/sundials_version.h>
#include <sunlinsol/sunlinsol_band.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunlinsol/sunlinsol_spgmr.h>
#include <sunmatrix/sunmatrix_band.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include <sunnonlinsol/sunnonlinsol_newton.h>
#endif
