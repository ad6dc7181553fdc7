#ifndef OPTIMAL_DEPTH_EXPRESSION_TAPE_H
#define OPTIMAL_DEPTH_EXPRESSION_TAPE_H
#include <stdint.h>

// Sweeps over a flat tape of arithmetic operations: values, tangents (forward), gradients (reverse), and second
// derivatives along a line. Functions that end in _1 take one sample; those in _8 take eight, entry i of lane l at
// index 8 i + l.
//
// Fused multiply-add is switched off, so results do not depend on the machine, and each lane equals the single sample
// to the last bit, except through exp, tanh, sigmoid, softplus and erf's derivative: one sample uses libm, lanes the
// branch-free forms (3 ulp).

enum depth_opcode {
  DEPTH_NEGATE, DEPTH_ABS, DEPTH_SIGN, DEPTH_STEP, DEPTH_FLOOR, DEPTH_SQRT, DEPTH_EXP, DEPTH_LOG, DEPTH_LOG10,
  DEPTH_LOG2, DEPTH_SIN, DEPTH_COS, DEPTH_TAN, DEPTH_ASIN, DEPTH_ACOS, DEPTH_ATAN, DEPTH_SINH, DEPTH_COSH, DEPTH_TANH,
  DEPTH_ERF, DEPTH_SIGMOID, DEPTH_SOFTPLUS,
  DEPTH_ADD, DEPTH_SUBTRACT, DEPTH_MULTIPLY, DEPTH_DIVIDE, DEPTH_POWER, DEPTH_ATAN2, DEPTH_MIN, DEPTH_MAX, DEPTH_LESS,
  DEPTH_LESS_EQUAL, DEPTH_EQUAL, DEPTH_NOT_EQUAL,
  DEPTH_SELECT,
};

// Slots: state, depth, parameters, constants, then one slot per operation, whose operands lie in earlier slots.
struct depth_tape {
  const int32_t *code;  // per operation four numbers: opcode and the slots of three operands (0 where unused)
  const double *constants;
  const int32_t *outputs;  // slots
  long operation_count, state_count, parameter_count, constant_count, output_count;
};

// Where a sweep takes place, or the direction of a derivative: state and depth per lane, parameters common to all.
// In a direction a null pointer stands for zeros.
struct depth_point {
  const double *state;
  const double *depth;
  const double *parameters;
};

// Scratch of at most this many doubles may be null: the sweep then uses its own stack.
enum { DEPTH_TAPE_STACK = 4096 };

// Scratch: one array of slots (times the lanes) for values, two for tangents, gradients and the Jacobian (which needs
// state_count more), three for curvatures. Results that may be null are named so.

void depth_tape_values_1(const struct depth_tape *, struct depth_point at, double *scratch, double *values);
void depth_tape_values_8(const struct depth_tape *, struct depth_point at, double *scratch, double *values);

// d/ds of the outputs at `at + s along`.
void depth_tape_tangents_1(
  const struct depth_tape *, struct depth_point at, struct depth_point along, double *scratch, double *tangents);
void depth_tape_tangents_8(
  const struct depth_tape *, struct depth_point at, struct depth_point along, double *scratch, double *tangents);

// d/dstate of the outputs, column by column: entry (i, j) at index i + output_count j.
void depth_tape_jacobian_1(const struct depth_tape *, struct depth_point at, double *scratch, double *columns);

// The transpose: state and depth gradients (may be null) are overwritten, the parameters' (may be null) is added to,
// lane after lane.
void depth_tape_gradients_1(
  const struct depth_tape *, struct depth_point at, const double *cotangents, double *scratch, double *state_gradients,
  double *depth_gradients, double *parameter_gradient);
void depth_tape_gradients_8(
  const struct depth_tape *, struct depth_point at, const double *cotangents, double *scratch, double *state_gradients,
  double *depth_gradients, double *parameter_gradient);

// Values and first derivatives (each may be null) and second derivatives along a line.
void depth_tape_curvatures_1(
  const struct depth_tape *, struct depth_point at, struct depth_point along, double *scratch, double *values,
  double *firsts, double *seconds);
void depth_tape_curvatures_8(
  const struct depth_tape *, struct depth_point at, struct depth_point along, double *scratch, double *values,
  double *firsts, double *seconds);

#endif
