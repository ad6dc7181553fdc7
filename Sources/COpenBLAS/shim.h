// OpenBLAS carries LAPACK's Fortran entry points but no header for them: those in use are declared here.
#ifndef OPTIMAL_DEPTH_OPENBLAS_H
#define OPTIMAL_DEPTH_OPENBLAS_H
#include <cblas.h>
#include <stddef.h>
// Solve A X = B by LU with partial pivoting (column-major).
void dgesv_(const int *n, const int *nrhs, double *a, const int *lda, int *ipiv, double *b,
            const int *ldb, int *info);
// The same for a band matrix in LAPACK's band storage.
void dgbsv_(const int *n, const int *kl, const int *ku, const int *nrhs, double *ab, const int *ldab, int *ipiv,
            double *b, const int *ldb, int *info);
// Eigenvalues of a symmetric matrix; the lengths of the two texts are gfortran's hidden arguments.
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
            double *work, const int *lwork, int *info, size_t jobz_length, size_t uplo_length);
#endif
