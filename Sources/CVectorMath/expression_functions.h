// Every operation of the tape on one line: its value and its derivatives, from which all sweeps are generated.
#ifndef OPTIMAL_DEPTH_EXPRESSION_FUNCTIONS_H
#define OPTIMAL_DEPTH_EXPRESSION_FUNCTIONS_H
#include <math.h>

static const double LN_2 = 0x1.62e42fefa39efp-1;
static const double LN_10 = 0x1.26bb1bbb55516p+1;
static const double TWO_OVER_ROOT_PI = 0x1.20dd750429b6dp+0;

// A direction that does not move the argument does not move the function, even where the derivative is infinite or not
// a number: so the branch of a conditional that is not taken, and sqrt at 0, leave others' derivatives alone.
static inline double scaled(double derivative, double t) { return t == 0.0 ? 0.0 : derivative * t; }

// b a^(b-1), where b = 0 is 0 at a = 0 too.
static inline double power_base(double a, double b) { return b == 0.0 ? 0.0 : b * pow(a, b - 1.0); }
static inline double power_base_base(double a, double b) {
  double factor = b * (b - 1.0);
  return factor == 0.0 ? 0.0 : factor * pow(a, b - 2.0);
}
// a^b ln a, continued by 0 to a = 0 for b > 0; not a number for a < 0, where a^b is defined for integer b only.
static inline double power_exponent(double a, double b, double y) { return a == 0.0 && b > 0.0 ? 0.0 : y * log(a); }
static inline double power_exponent_exponent(double a, double b, double y) {
  return a == 0.0 && b > 0.0 ? 0.0 : y * log(a) * log(a);
}
static inline double power_mixed(double a, double b) {
  return a == 0.0 && b > 1.0 ? 0.0 : pow(a, b - 1.0) * (1.0 + b * log(a));
}

#define SQUARE(x) ((x) * (x))

// X(opcode, value, first, second derivative): of the argument a; the derivatives may use the value y, the second the
// first d. EXP and TANH are the sweep's own.
#define UNARY_OPERATIONS(X)                                                                                            \
  X(NEGATE, -a, -1.0, 0.0)                                                                                             \
  X(ABS, __builtin_fabs(a), a >= 0.0 ? 1.0 : -1.0, 0.0)                                                                \
  X(SIGN, a > 0.0 ? 1.0 : a < 0.0 ? -1.0 : a, 0.0, 0.0)                                                                \
  X(STEP, a >= 0.0 ? 1.0 : a < 0.0 ? 0.0 : a, 0.0, 0.0)                                                                \
  X(FLOOR, __builtin_elementwise_floor(a), 0.0, 0.0)                                                                   \
  X(SQRT, __builtin_elementwise_sqrt(a), 0.5 / y, -0.5 * d / a)                                                        \
  X(EXP, EXP(a), y, y)                                                                                                 \
  X(LOG, log(a), a >= 0.0 ? 1.0 / a : y, -d * d)                                                                       \
  X(LOG10, log10(a), a >= 0.0 ? 1.0 / (LN_10 * a) : y, -d / a)                                                         \
  X(LOG2, log2(a), a >= 0.0 ? 1.0 / (LN_2 * a) : y, -d / a)                                                            \
  X(SIN, sin(a), cos(a), -y)                                                                                           \
  X(COS, cos(a), -sin(a), -y)                                                                                          \
  X(TAN, tan(a), 1.0 + y * y, 2.0 * y * d)                                                                             \
  X(ASIN, asin(a), 1.0 / __builtin_elementwise_sqrt((1.0 - a) * (1.0 + a)), a * d * d * d)                             \
  X(ACOS, acos(a), -1.0 / __builtin_elementwise_sqrt((1.0 - a) * (1.0 + a)), a * d * d * d)                            \
  X(ATAN, atan(a), 1.0 / (1.0 + a * a), -2.0 * a * d * d)                                                              \
  X(SINH, sinh(a), cosh(a), y)                                                                                         \
  X(COSH, cosh(a), sinh(a), y)                                                                                         \
  X(TANH, TANH(a), 1.0 - y * y, -2.0 * y * d)                                                                          \
  X(ERF, erf(a), TWO_OVER_ROOT_PI * EXP(-(a * a)), -2.0 * a * d)                                                       \
  X(SIGMOID, (a >= 0.0 ? 1.0 : EXP(-__builtin_fabs(a))) / (1.0 + EXP(-__builtin_fabs(a))),                             \
    EXP(-__builtin_fabs(a)) / SQUARE(1.0 + EXP(-__builtin_fabs(a))), d * (1.0 - 2.0 * y))                              \
  X(SOFTPLUS, (a > 0.0 ? a : 0.0) + log1p(EXP(-__builtin_fabs(a))),                                                    \
    (a >= 0.0 ? 1.0 : EXP(-__builtin_fabs(a))) / (1.0 + EXP(-__builtin_fabs(a))),                                      \
    EXP(-__builtin_fabs(a)) / SQUARE(1.0 + EXP(-__builtin_fabs(a))))

// X(opcode, value, by a, by b, by a twice, by a and b, by b twice): of the arguments a and b and the value y.
// Comparisons and extrema with something that is not a number are not a number: a + b then is none.
#define BINARY_OPERATIONS(X)                                                                                           \
  X(ADD, a + b, 1.0, 1.0, 0.0, 0.0, 0.0)                                                                               \
  X(SUBTRACT, a - b, 1.0, -1.0, 0.0, 0.0, 0.0)                                                                         \
  X(MULTIPLY, a * b, b, a, 0.0, 1.0, 0.0)                                                                              \
  X(DIVIDE, a / b, 1.0 / b, -y / b, 0.0, -1.0 / (b * b), 2.0 * y / (b * b))                                            \
  X(POWER, pow(a, b), power_base(a, b), power_exponent(a, b, y), power_base_base(a, b), power_mixed(a, b),             \
    power_exponent_exponent(a, b, y))                                                                                  \
  X(ATAN2, atan2(a, b), b / (a * a + b * b), -a / (a * a + b * b), -2.0 * a * b / SQUARE(a * a + b * b),               \
    (a - b) * (a + b) / SQUARE(a * a + b * b), 2.0 * a * b / SQUARE(a * a + b * b))                                    \
  X(MIN, a <= b ? a : b < a ? b : a + b, a <= b ? 1.0 : 0.0, a <= b ? 0.0 : 1.0, 0.0, 0.0, 0.0)                        \
  X(MAX, a >= b ? a : b > a ? b : a + b, a >= b ? 1.0 : 0.0, a >= b ? 0.0 : 1.0, 0.0, 0.0, 0.0)                        \
  X(LESS, a < b ? 1.0 : a >= b ? 0.0 : a + b, 0.0, 0.0, 0.0, 0.0, 0.0)                                                 \
  X(LESS_EQUAL, a <= b ? 1.0 : a > b ? 0.0 : a + b, 0.0, 0.0, 0.0, 0.0, 0.0)                                           \
  X(EQUAL, a == b ? 1.0 : a < b || a > b ? 0.0 : a + b, 0.0, 0.0, 0.0, 0.0, 0.0)                                       \
  X(NOT_EQUAL, a == b ? 0.0 : a < b || a > b ? 1.0 : a + b, 0.0, 0.0, 0.0, 0.0, 0.0)

// What a conditional on c takes; c itself where c is not a number.
#define SELECTED(c, ifTrue, ifFalse) ((c) == (c) ? ((c) != 0.0 ? (ifTrue) : (ifFalse)) : (c))

#endif
