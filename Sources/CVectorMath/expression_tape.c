// Fused multiply-add would make lanes differ from single samples, and one machine from another.
#pragma clang fp contract(off)
#include "clones.h"
#include "expression_tape.h"
#include "exponentials.h"
#include "expression_functions.h"

#define LANES 1
#define SWEEP static
#define EXP(x) exp(x)
#define TANH(x) tanh(x)
#include "expression_sweeps.h"
#undef LANES
#undef SWEEP
#undef EXP
#undef TANH

#define LANES 8
#define SWEEP CLONES static
#define EXP(x) branch_free_exp(x)
#define TANH(x) branch_free_tanh(x)
#include "expression_sweeps.h"

void depth_tape_jacobian_1(const struct depth_tape *tape, struct depth_point at, double *scratch, double *columns) {
  double stack[DEPTH_TAPE_STACK];
  double *slots = scratch ? scratch : stack;
  double *moved = slots + slot_doubles_1(tape);
  double *unit = moved + slot_doubles_1(tape);
  depth_sweep_values_1(tape, at, slots);
  memset(unit, 0, sizeof(double) * tape->state_count);
  for (long j = 0; j < tape->state_count; j++, columns += tape->output_count) {
    unit[j] = 1.0;
    depth_sweep_tangents_1(tape, (struct depth_point){.state = unit}, slots, moved);
    gather_1(tape, moved, columns);
    unit[j] = 0.0;
  }
}
