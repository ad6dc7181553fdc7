import DepthNumerics
import Foundation

/// A smooth expression in x, y, t and a, as text for the parser and as a closure in extended precision that no parser saw.
struct RandomExpression {
  let text: String
  let value: @Sendable ([Float80]) -> Float80

  static let names = ["x", "y", "t", "a"]

  static func make(levels: Int, _ stream: inout RandomStream) -> RandomExpression {
    if levels == 0 || stream.integer(below: 8) == 0 { return leaf(&stream) }
    let u = make(levels: levels - 1, &stream)
    if stream.integer(below: 2) == 0 { return unary(u, stream.integer(below: 13)) }
    return binary(u, make(levels: levels - 1, &stream), stream.integer(below: 7))
  }

  private static func leaf(_ stream: inout RandomStream) -> RandomExpression {
    let choice = stream.integer(below: 6)
    if choice < 4 { return RandomExpression(text: names[choice]) { $0[choice] } }
    let constant = Double(stream.integer(below: 400) - 200) / 64
    return RandomExpression(text: constant < 0 ? "(\(constant))" : "\(constant)") { _ in Float80(constant) }
  }

  private static func unary(_ u: RandomExpression, _ choice: Int) -> RandomExpression {
    let (text, f) = (u.text, u.value)
    switch choice {
    case 0: return RandomExpression(text: "sin(\(text))") { sin(f($0)) }
    case 1: return RandomExpression(text: "cos(\(text))") { cos(f($0)) }
    case 2: return RandomExpression(text: "tanh(\(text))") { tanh(f($0)) }
    case 3: return RandomExpression(text: "exp(-(\(text))^2)") { exp(-f($0) * f($0)) }
    case 4: return RandomExpression(text: "sigmoid(\(text))") { 1 / (1 + exp(-f($0))) }
    case 5: return RandomExpression(text: "softplus(\(text))") { log(1 + exp(f($0))) }
    case 6: return RandomExpression(text: "atan(\(text))") { atan(f($0)) }
    case 7: return RandomExpression(text: "erf(\(text))") { erf(f($0)) }
    case 8: return RandomExpression(text: "sqrt(1.5 + sin(\(text)))") { (1.5 + sin(f($0))).squareRoot() }
    case 9: return RandomExpression(text: "log(2 + cos(\(text)))") { log(2 + cos(f($0))) }
    case 10: return RandomExpression(text: "(-(\(text)))") { -f($0) }
    case 11: return RandomExpression(text: "(\(text))**2") { f($0) * f($0) }
    default: return RandomExpression(text: "tanh((\(text))^3)") { tanh(f($0) * f($0) * f($0)) }
    }
  }

  private static func binary(_ u: RandomExpression, _ v: RandomExpression, _ choice: Int) -> RandomExpression {
    let (f, g) = (u.value, v.value)
    switch choice {
    case 0: return RandomExpression(text: "(\(u.text) + \(v.text))") { f($0) + g($0) }
    case 1: return RandomExpression(text: "(\(u.text) - \(v.text))") { f($0) - g($0) }
    case 2: return RandomExpression(text: "(\(u.text))*(\(v.text))") { f($0) * g($0) }
    case 3: return RandomExpression(text: "((\(u.text))/(2 + cos(\(v.text))))") { f($0) / (2 + cos(g($0))) }
    case 4: return RandomExpression(text: "atan2(\(u.text), 1.5 + sin(\(v.text)))") { atan2(f($0), 1.5 + sin(g($0))) }
    case 5:
      return RandomExpression(text: "pow(1.2 + cos(\(u.text))/2, tanh(\(v.text)))") {
        pow(1.2 + cos(f($0)) / 2, tanh(g($0)))
      }
    default:
      return RandomExpression(text: "if(\(u.text) < \(v.text), \(u.text), 1.5*(\(v.text)))") {
        f($0) < g($0) ? f($0) : 1.5 * g($0)
      }
    }
  }

  private init(text: String, _ value: @escaping @Sendable ([Float80]) -> Float80) {
    self.text = text
    self.value = value
  }
}

/// Derivatives of a function of one number by central differences of order 6 in extended precision: errors about 1e-15 (first)
/// and 1e-12 (second) of the function's scale.
enum ExtendedDifference {
  static func first(_ f: (Float80) -> Float80) -> Double {
    let h: Float80 = 0x1p-11
    let d = (1...3).map { f(Float80($0) * h) - f(-Float80($0) * h) }
    return Double((45 * d[0] - 9 * d[1] + d[2]) / (60 * h))
  }

  static func second(_ f: (Float80) -> Float80) -> Double {
    let h: Float80 = 0x1p-9
    let s = (1...3).map { f(Float80($0) * h) + f(-Float80($0) * h) - 2 * f(0) }
    return Double((270 * s[0] - 27 * s[1] + 2 * s[2]) / (180 * h * h))
  }
}
