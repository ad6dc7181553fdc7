// The sweeps for LANES samples; included once for each number of lanes, with SWEEP, EXP and TANH defined.

#define JOIN_(name, lanes) name##_##lanes
#define JOIN(name, lanes) JOIN_(name, lanes)
#define NAME(name) JOIN(name, LANES)
#define EACH_LANE for (int l = 0; l < LANES; l++)
#define UNUSED __attribute__((unused))

// Slots of state, depth, parameters and constants, then of each operation. Results wait in an array that nothing else
// can point to: without it the compiler would not vectorise.
SWEEP void NAME(depth_sweep_values)(const struct depth_tape *tape, struct depth_point at, double *slots) {
  double *next = slots;
  memcpy(next, at.state, sizeof(double) * LANES * tape->state_count);
  next += LANES * tape->state_count;
  EACH_LANE next[l] = at.depth[l];
  next += LANES;
  for (long p = 0; p < tape->parameter_count; p++, next += LANES) EACH_LANE next[l] = at.parameters[p];
  for (long c = 0; c < tape->constant_count; c++, next += LANES) EACH_LANE next[l] = tape->constants[c];
  const int32_t *code = tape->code;
  for (long i = 0; i < tape->operation_count; i++, code += 4, next += LANES) {
    const double *A = slots + LANES * code[1], *B = slots + LANES * code[2], *C = slots + LANES * code[3];
    double y[LANES];
    switch ((enum depth_opcode)code[0]) {
#define CASE(opcode, value, first, second)                                                                             \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      double a = A[l];                                                                                                 \
      y[l] = value;                                                                                                    \
    }                                                                                                                  \
    break;
      UNARY_OPERATIONS(CASE)
#undef CASE
#define CASE(opcode, value, ...)                                                                                       \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      double a = A[l], b = B[l];                                                                                       \
      y[l] = value;                                                                                                    \
    }                                                                                                                  \
    break;
      BINARY_OPERATIONS(CASE)
#undef CASE
    case DEPTH_SELECT:
      EACH_LANE y[l] = SELECTED(A[l], B[l], C[l]);
      break;
    }
    memcpy(next, y, sizeof y);
  }
}

// The first slots of a direction, zeros for what is null and for constants.
static inline double *NAME(seed)(const struct depth_tape *tape, struct depth_point along, double *next) {
  long width = LANES * tape->state_count;
  if (along.state) memcpy(next, along.state, sizeof(double) * width);
  else memset(next, 0, sizeof(double) * width);
  next += width;
  EACH_LANE next[l] = along.depth ? along.depth[l] : 0.0;
  next += LANES;
  for (long p = 0; p < tape->parameter_count; p++, next += LANES)
    EACH_LANE next[l] = along.parameters ? along.parameters[p] : 0.0;
  memset(next, 0, sizeof(double) * LANES * tape->constant_count);
  return next + LANES * tape->constant_count;
}

// Forward: the derivative of every slot along a direction.
SWEEP void NAME(depth_sweep_tangents)(
  const struct depth_tape *tape, struct depth_point along, const double *restrict slots, double *tangents) {
  double *next = NAME(seed)(tape, along, tangents);
  const double *restrict Y = slots + (next - tangents);
  const int32_t *code = tape->code;
  for (long i = 0; i < tape->operation_count; i++, code += 4, next += LANES, Y += LANES) {
    const double *A = slots + LANES * code[1], *B = slots + LANES * code[2];
    const double *TA = tangents + LANES * code[1], *TB = tangents + LANES * code[2], *TC = tangents + LANES * code[3];
    double t[LANES];
    switch ((enum depth_opcode)code[0]) {
#define CASE(opcode, value, first, second)                                                                             \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      UNUSED double a = A[l], y = Y[l];                                                                                \
      t[l] = scaled(first, TA[l]);                                                                                     \
    }                                                                                                                  \
    break;
      UNARY_OPERATIONS(CASE)
#undef CASE
#define CASE(opcode, value, byA, byB, ...)                                                                             \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      UNUSED double a = A[l], b = B[l], y = Y[l];                                                                      \
      t[l] = scaled(byA, TA[l]) + scaled(byB, TB[l]);                                                                  \
    }                                                                                                                  \
    break;
      BINARY_OPERATIONS(CASE)
#undef CASE
    case DEPTH_SELECT:
      EACH_LANE t[l] = SELECTED(A[l], TB[l], TC[l]);
      break;
    }
    memcpy(next, t, sizeof t);
  }
}

// Reverse: from the outputs' cotangents the derivative by every slot. An operation's two operands may be one slot, so
// they are added to one after the other.
SWEEP void NAME(depth_sweep_adjoints)(
  const struct depth_tape *tape, const double *cotangents, const double *restrict slots, double *restrict adjoints) {
  long inputs = tape->state_count + 1 + tape->parameter_count + tape->constant_count;
  memset(adjoints, 0, sizeof(double) * LANES * (inputs + tape->operation_count));
  for (long o = 0; o < tape->output_count; o++)
    EACH_LANE adjoints[LANES * tape->outputs[o] + l] += cotangents[LANES * o + l];
  for (long i = tape->operation_count - 1; i >= 0; i--) {
    const int32_t *code = tape->code + 4 * i;
    const double *A = slots + LANES * code[1], *B = slots + LANES * code[2], *Y = slots + LANES * (inputs + i);
    double *GA = adjoints + LANES * code[1], *GB = adjoints + LANES * code[2], *GC = adjoints + LANES * code[3];
    double g[LANES];
    memcpy(g, adjoints + LANES * (inputs + i), sizeof g);
    switch ((enum depth_opcode)code[0]) {
#define CASE(opcode, value, first, second)                                                                             \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      UNUSED double a = A[l], y = Y[l];                                                                                \
      GA[l] += scaled(first, g[l]);                                                                                    \
    }                                                                                                                  \
    break;
      UNARY_OPERATIONS(CASE)
#undef CASE
#define CASE(opcode, value, byA, byB, ...)                                                                             \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      UNUSED double a = A[l], b = B[l], y = Y[l];                                                                      \
      GA[l] += scaled(byA, g[l]);                                                                                      \
    }                                                                                                                  \
    EACH_LANE {                                                                                                        \
      UNUSED double a = A[l], b = B[l], y = Y[l];                                                                      \
      GB[l] += scaled(byB, g[l]);                                                                                      \
    }                                                                                                                  \
    break;
      BINARY_OPERATIONS(CASE)
#undef CASE
    case DEPTH_SELECT:
      EACH_LANE GB[l] += SELECTED(A[l], g[l], 0.0);
      EACH_LANE GC[l] += SELECTED(A[l], 0.0, g[l]);
      break;
    }
  }
}

// Forward, twice: first and second derivative of every slot along a line.
SWEEP void NAME(depth_sweep_curvatures)(
  const struct depth_tape *tape, struct depth_point along, const double *restrict slots, double *firsts,
  double *seconds) {
  double *T = NAME(seed)(tape, along, firsts);
  long offset = T - firsts;
  memset(seconds, 0, sizeof(double) * offset);
  double *W = seconds + offset;
  const double *restrict Y = slots + offset;
  const int32_t *code = tape->code;
  for (long i = 0; i < tape->operation_count; i++, code += 4, T += LANES, W += LANES, Y += LANES) {
    long ia = LANES * code[1], ib = LANES * code[2], ic = LANES * code[3];
    const double *A = slots + ia, *B = slots + ib;
    const double *TA = firsts + ia, *TB = firsts + ib, *TC = firsts + ic;
    const double *WA = seconds + ia, *WB = seconds + ib, *WC = seconds + ic;
    double t[LANES], w[LANES];
    switch ((enum depth_opcode)code[0]) {
#define CASE(opcode, value, first, second)                                                                             \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      UNUSED double a = A[l], y = Y[l], d = first;                                                                     \
      w[l] = scaled(d, WA[l]) + scaled(second, TA[l] * TA[l]);                                                         \
      t[l] = scaled(d, TA[l]);                                                                                         \
    }                                                                                                                  \
    break;
      UNARY_OPERATIONS(CASE)
#undef CASE
#define CASE(opcode, value, byA, byB, byAA, byAB, byBB)                                                                \
  case DEPTH_##opcode:                                                                                                 \
    EACH_LANE {                                                                                                        \
      UNUSED double a = A[l], b = B[l], y = Y[l], ta = TA[l], tb = TB[l];                                              \
      double bent = scaled(byAA, ta * ta) + 2.0 * scaled(byAB, ta * tb) + scaled(byBB, tb * tb);                       \
      w[l] = scaled(byA, WA[l]) + scaled(byB, WB[l]) + bent;                                                           \
      t[l] = scaled(byA, ta) + scaled(byB, tb);                                                                        \
    }                                                                                                                  \
    break;
      BINARY_OPERATIONS(CASE)
#undef CASE
    case DEPTH_SELECT:
      EACH_LANE t[l] = SELECTED(A[l], TB[l], TC[l]);
      EACH_LANE w[l] = SELECTED(A[l], WB[l], WC[l]);
      break;
    }
    memcpy(T, t, sizeof t);
    memcpy(W, w, sizeof w);
  }
}

static inline long NAME(slot_doubles)(const struct depth_tape *tape) {
  return LANES * (tape->state_count + 1 + tape->parameter_count + tape->constant_count + tape->operation_count);
}

static inline void NAME(gather)(const struct depth_tape *tape, const double *slots, double *results) {
  for (long o = 0; o < tape->output_count; o++) EACH_LANE results[LANES * o + l] = slots[LANES * tape->outputs[o] + l];
}

void NAME(depth_tape_values)(const struct depth_tape *tape, struct depth_point at, double *scratch, double *values) {
  double stack[DEPTH_TAPE_STACK];
  double *slots = scratch ? scratch : stack;
  NAME(depth_sweep_values)(tape, at, slots);
  NAME(gather)(tape, slots, values);
}

void NAME(depth_tape_tangents)(
  const struct depth_tape *tape, struct depth_point at, struct depth_point along, double *scratch, double *tangents) {
  double stack[DEPTH_TAPE_STACK];
  double *slots = scratch ? scratch : stack;
  double *moved = slots + NAME(slot_doubles)(tape);
  NAME(depth_sweep_values)(tape, at, slots);
  NAME(depth_sweep_tangents)(tape, along, slots, moved);
  NAME(gather)(tape, moved, tangents);
}

void NAME(depth_tape_gradients)(
  const struct depth_tape *tape, struct depth_point at, const double *cotangents, double *scratch,
  double *state_gradients, double *depth_gradients, double *parameter_gradient) {
  double stack[DEPTH_TAPE_STACK];
  double *slots = scratch ? scratch : stack;
  double *adjoints = slots + NAME(slot_doubles)(tape);
  NAME(depth_sweep_values)(tape, at, slots);
  NAME(depth_sweep_adjoints)(tape, cotangents, slots, adjoints);
  if (state_gradients) memcpy(state_gradients, adjoints, sizeof(double) * LANES * tape->state_count);
  adjoints += LANES * tape->state_count;
  if (depth_gradients) EACH_LANE depth_gradients[l] = adjoints[l];
  adjoints += LANES;
  if (parameter_gradient)
    for (long p = 0; p < tape->parameter_count; p++) EACH_LANE parameter_gradient[p] += adjoints[LANES * p + l];
}

void NAME(depth_tape_curvatures)(
  const struct depth_tape *tape, struct depth_point at, struct depth_point along, double *scratch, double *values,
  double *firsts, double *seconds) {
  double stack[DEPTH_TAPE_STACK];
  double *slots = scratch ? scratch : stack;
  double *moved = slots + NAME(slot_doubles)(tape), *bent = moved + NAME(slot_doubles)(tape);
  NAME(depth_sweep_values)(tape, at, slots);
  NAME(depth_sweep_curvatures)(tape, along, slots, moved, bent);
  if (values) NAME(gather)(tape, slots, values);
  if (firsts) NAME(gather)(tape, moved, firsts);
  NAME(gather)(tape, bent, seconds);
}

#undef JOIN_
#undef JOIN
#undef NAME
#undef EACH_LANE
#undef UNUSED
