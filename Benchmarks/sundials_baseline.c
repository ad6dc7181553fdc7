// The benchmark problems solved with SUNDIALS from C, to measure what calling the library from Swift costs.
//
//   sundials_baseline PROBLEM METHOD RTOL ATOL HORIZON REPEAT [WEIGHTS.f64]
//
// PROBLEM: spiral, van-der-pol, robertson, tanhD. METHOD: cvode-adams, cvode-bdf, erk-dormand-prince. The library is
// set up as `depth integrate` sets it up, so both take the same steps: CVODE is handed a tenth (Adams) or a fiftieth
// (BDF) of the tolerances, less below 1e-9, and ends fixed-point iterations at 0.003 of that; ERKStep is handed a
// tenth. tanhD uses the package's own C kernels: the language of the caller is all that differs.
// One JSON object on stdout: medians of the wall and processor seconds of a solve, everything made and freed in it.
#define _POSIX_C_SOURCE 200809L
#include <arkode/arkode_erkstep.h>
#include <cvodes/cvodes.h>
#include <float.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sundials/sundials_version.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include <time.h>

#include "lane_kernels.h"
#include "vector_math.h"

typedef struct {
  int dimension;
  double initial[64];
  CVRhsFn field;
  CVLsJacFn jacobian;
  // tanh-residual alone
  int width;
  const double *W1_transposed, *b1, *W2_transposed, *b2;
  double *hidden;
} Problem;

typedef struct {
  double state[64];
  long steps, evaluations;
} Solution;

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "sundials_baseline: %s %s\n", what, detail);
  exit(1);
}

static void check(int flag, const char *function) {
  if (flag < 0) fail("failed:", function);
}

static int spiral(double t, N_Vector y, N_Vector dy, void *data) {
  const double *h = NV_DATA_S(y);
  double *f = NV_DATA_S(dy), a = h[0] * h[0] * h[0], b = h[1] * h[1] * h[1];
  f[0] = -0.1 * a - 2 * b;
  f[1] = 2 * a - 0.1 * b;
  return 0;
}

static int van_der_pol(double t, N_Vector y, N_Vector dy, void *data) {
  const double *h = NV_DATA_S(y);
  double *f = NV_DATA_S(dy);
  f[0] = h[1];
  f[1] = 1000 * (1 - h[0] * h[0]) * h[1] - h[0];
  return 0;
}

static int van_der_pol_jacobian(
    double t, N_Vector y, N_Vector fy, SUNMatrix J, void *data, N_Vector t1, N_Vector t2, N_Vector t3) {
  const double *h = NV_DATA_S(y);
  SM_ELEMENT_D(J, 0, 0) = 0;
  SM_ELEMENT_D(J, 0, 1) = 1;
  SM_ELEMENT_D(J, 1, 0) = -2000 * h[0] * h[1] - 1;
  SM_ELEMENT_D(J, 1, 1) = 1000 * (1 - h[0] * h[0]);
  return 0;
}

static int robertson(double t, N_Vector y, N_Vector dy, void *data) {
  const double *h = NV_DATA_S(y);
  double *f = NV_DATA_S(dy);
  f[0] = -0.04 * h[0] + 1e4 * h[1] * h[2];
  f[2] = 3e7 * h[1] * h[1];
  f[1] = -f[0] - f[2];
  return 0;
}

static int robertson_jacobian(
    double t, N_Vector y, N_Vector fy, SUNMatrix J, void *data, N_Vector t1, N_Vector t2, N_Vector t3) {
  const double *h = NV_DATA_S(y);
  const double first[3] = {-0.04, 1e4 * h[2], 1e4 * h[1]}, last[3] = {0, 6e7 * h[1], 0};
  for (int j = 0; j < 3; j++) {
    SM_ELEMENT_D(J, 0, j) = first[j];
    SM_ELEMENT_D(J, 1, j) = -first[j] - last[j];
    SM_ELEMENT_D(J, 2, j) = last[j];
  }
  return 0;
}

static int tanh_residual(double t, N_Vector y, N_Vector dy, void *data) {
  const Problem *p = data;
  const int d = p->dimension, m = p->width;
  depth_affine(m, d, p->W1_transposed, p->b1, NV_DATA_S(y), p->hidden);
  depth_vector_tanh(p->hidden, p->hidden, m);
  depth_affine(d, m, p->W2_transposed, p->b2, p->hidden, NV_DATA_S(dy));
  return 0;
}

// Weights as sundials_program.py writes them: d, m, W1^T, b1, W2^T, b2, h0.
static Problem load_tanh(const char *path) {
  FILE *file = fopen(path, "rb");
  double sizes[2];
  if (!file || fread(sizes, sizeof(double), 2, file) != 2) fail("cannot read", path);
  Problem p = {.dimension = (int)sizes[0], .width = (int)sizes[1], .field = tanh_residual};
  if (p.dimension < 1 || p.dimension > 64 || p.width < 1) fail("sizes out of range in", path);
  const size_t product = (size_t)p.dimension * p.width, count = 2 * product + p.width + 2 * p.dimension;
  double *values = malloc(count * sizeof(double));
  if (!values || fread(values, sizeof(double), count, file) != count) fail("too few weights in", path);
  fclose(file);
  p.W1_transposed = values;
  p.b1 = p.W1_transposed + product;
  p.W2_transposed = p.b1 + p.width;
  p.b2 = p.W2_transposed + product;
  memcpy(p.initial, p.b2 + p.dimension, p.dimension * sizeof(double));
  p.hidden = malloc(p.width * sizeof(double));
  return p;
}

static Problem named(const char *name, const char *weights) {
  if (!strcmp(name, "spiral")) return (Problem){.dimension = 2, .initial = {2, 0}, .field = spiral};
  if (!strcmp(name, "van-der-pol"))
    return (Problem){.dimension = 2, .initial = {2, 0}, .field = van_der_pol, .jacobian = van_der_pol_jacobian};
  if (!strcmp(name, "robertson"))
    return (Problem){.dimension = 3, .initial = {1, 0, 0}, .field = robertson, .jacobian = robertson_jacobian};
  if (!strncmp(name, "tanh", 4) && weights) return load_tanh(weights);
  fail("no such problem, or its weights are missing:", name);
  abort();
}

static double above_rounding(double tolerance) { return fmax(tolerance, 100 * DBL_EPSILON); }

// The share of the tolerances that CVODE is handed: Sources/DepthDynamics/Integrators/LocalShare.swift.
static double share_of(double share, double rtol) { return rtol < 1e-9 ? share * pow(rtol / 1e-9, 0.2) : share; }

static void solve_cvode(
    Problem *p, int stiff, double rtol, double atol, double horizon, SUNContext context, N_Vector y, Solution *out) {
  const double share = share_of(stiff ? 0.02 : 0.1, rtol);
  void *memory = CVodeCreate(stiff ? CV_BDF : CV_ADAMS, context);
  SUNMatrix matrix = stiff ? SUNDenseMatrix(p->dimension, p->dimension, context) : NULL;
  SUNLinearSolver linear = stiff ? SUNLinSol_Dense(y, matrix, context) : NULL;
  SUNNonlinearSolver fixed_point = stiff ? NULL : SUNNonlinSol_FixedPoint(y, 0, context);
  double reached;
  check(CVodeInit(memory, p->field, 0, y), "CVodeInit");
  check(CVodeSetUserData(memory, p), "CVodeSetUserData");
  check(CVodeSStolerances(memory, fmax(share * rtol, 4 * DBL_EPSILON), share * atol), "CVodeSStolerances");
  check(CVodeSetMaxNumSteps(memory, 1000000), "CVodeSetMaxNumSteps");
  if (stiff) {
    check(CVodeSetLinearSolver(memory, linear, matrix), "CVodeSetLinearSolver");
    check(CVodeSetJacFn(memory, p->jacobian), "CVodeSetJacFn");
  } else {
    check(CVodeSetNonlinearSolver(memory, fixed_point), "CVodeSetNonlinearSolver");
    check(CVodeSetNonlinConvCoef(memory, 0.003), "CVodeSetNonlinConvCoef");
  }
  check(CVodeSetStopTime(memory, horizon), "CVodeSetStopTime");
  check(CVodeSetMinStep(memory, 8 * (nextafter(horizon, INFINITY) - horizon)), "CVodeSetMinStep");
  check(CVode(memory, horizon, y, &reached, CV_NORMAL), "CVode");
  check(CVodeGetNumSteps(memory, &out->steps), "CVodeGetNumSteps");
  check(CVodeGetNumRhsEvals(memory, &out->evaluations), "CVodeGetNumRhsEvals");
  CVodeFree(&memory);
  if (linear) SUNLinSolFree(linear);
  if (matrix) SUNMatDestroy(matrix);
  if (fixed_point) SUNNonlinSolFree(fixed_point);
}

static void solve_erkstep(
    Problem *p, double rtol, double atol, double horizon, SUNContext context, N_Vector y, Solution *out) {
  void *memory = ERKStepCreate(p->field, 0, y, context);
  double reached;
  check(ERKStepSetUserData(memory, p), "ERKStepSetUserData");
  check(ERKStepSetTableNum(memory, ARKODE_DORMAND_PRINCE_7_4_5), "ERKStepSetTableNum");
  check(ERKStepSStolerances(memory, above_rounding(0.1 * rtol), 0.1 * atol), "ERKStepSStolerances");
  check(ERKStepSetMaxNumSteps(memory, 1000000), "ERKStepSetMaxNumSteps");
  check(ERKStepSetInterpolantDegree(memory, 5), "ERKStepSetInterpolantDegree");
  check(ERKStepSetStopTime(memory, horizon), "ERKStepSetStopTime");
  check(ERKStepEvolve(memory, horizon, y, &reached, ARK_NORMAL), "ERKStepEvolve");
  check(ERKStepGetNumSteps(memory, &out->steps), "ERKStepGetNumSteps");
  check(ERKStepGetNumRhsEvals(memory, &out->evaluations), "ERKStepGetNumRhsEvals");
  ERKStepFree(&memory);
}

static Solution solve(Problem *p, const char *method, double rtol, double atol, double horizon) {
  SUNContext context;
  Solution solution;
  check(SUNContext_Create(NULL, &context), "SUNContext_Create");
  N_Vector y = N_VNew_Serial(p->dimension, context);
  memcpy(NV_DATA_S(y), p->initial, p->dimension * sizeof(double));
  if (!strcmp(method, "erk-dormand-prince"))
    solve_erkstep(p, rtol, atol, horizon, context, y, &solution);
  else
    solve_cvode(p, !strcmp(method, "cvode-bdf"), rtol, atol, horizon, context, y, &solution);
  memcpy(solution.state, NV_DATA_S(y), p->dimension * sizeof(double));
  N_VDestroy(y);
  SUNContext_Free(&context);
  return solution;
}

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int count) {
  qsort(values, count, sizeof(double), ascending);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int main(int count, char **words) {
  if (count == 2 && !strcmp(words[1], "--version")) return printf("SUNDIALS %s from C\n", SUNDIALS_VERSION) < 0;
  if (count < 7) fail("usage:", "PROBLEM METHOD RTOL ATOL HORIZON REPEAT [WEIGHTS.f64]");
  Problem p = named(words[1], count > 7 ? words[7] : NULL);
  const char *method = words[2];
  const double rtol = atof(words[3]), atol = atof(words[4]), horizon = atof(words[5]);
  const int repeat = atoi(words[6]);
  if (repeat < 1) fail("REPEAT must be positive, not", words[6]);
  if (strcmp(method, "erk-dormand-prince") && strcmp(method, "cvode-adams") && strcmp(method, "cvode-bdf"))
    fail("no such method:", method);
  if (!strcmp(method, "cvode-bdf") && !p.jacobian) fail("no Jacobian for", words[1]);
  double *wall = malloc(repeat * sizeof(double)), *cpu = malloc(repeat * sizeof(double));
  Solution solution = solve(&p, method, rtol, atol, horizon);
  for (int i = 0; i < repeat; i++) {
    wall[i] = now(CLOCK_MONOTONIC);
    cpu[i] = now(CLOCK_PROCESS_CPUTIME_ID);
    solution = solve(&p, method, rtol, atol, horizon);
    cpu[i] = now(CLOCK_PROCESS_CPUTIME_ID) - cpu[i];
    wall[i] = now(CLOCK_MONOTONIC) - wall[i];
  }
  printf("{\"seconds\": %.9g, \"cpu_seconds\": %.9g, ", median(wall, repeat), median(cpu, repeat));
  printf("\"steps\": %ld, \"evaluations\": %ld, \"state\": [", solution.steps, solution.evaluations);
  for (int i = 0; i < p.dimension; i++) printf("%s%.17g", i ? ", " : "", solution.state[i]);
  printf("]}\n");
  return 0;
}
