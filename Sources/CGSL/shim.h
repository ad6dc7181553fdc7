// Only headers that do not reach gsl_cblas.h: its declarations clash with OpenBLAS's cblas.h.
// Linked as "gsl" alone; pkg-config would add gslcblas, which defines the same symbols as OpenBLAS.
#ifndef OPTIMAL_DEPTH_GSL_H
#define OPTIMAL_DEPTH_GSL_H
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_zeta.h>
#include <gsl/gsl_statistics_double.h>
#include <gsl/gsl_version.h>
#endif
