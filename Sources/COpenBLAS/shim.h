// OpenBLAS carries LAPACK's Fortran entry points but no header for them: those in use are declared here.
#ifndef OPTIMAL_DEPTH_OPENBLAS_H
#define OPTIMAL_DEPTH_OPENBLAS_H
#include <cblas.h>
// Solve A X = B by LU with partial pivoting (column-major).
void dgesv_(const int *n, const int *nrhs, double *a, const int *lda, int *ipiv, double *b,
            const int *ldb, int *info);
#endif
