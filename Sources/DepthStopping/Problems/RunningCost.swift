/// The cost of depth, in every unit that problems use: per unit of depth, along the state, or block by block.
public enum RunningCost: Sendable {
  /// c.
  case constant(Double)
  /// c(t, x) >= `least` along the state of a scalar diffusion.
  case rate(ScalarFunction, least: Double)
  /// c_k of block k in a discrete problem; the last entry holds from there on.
  case perBlock([Double])

  /// The least cost: with it T1 and T3 hold for costs that vary.
  public var least: Double {
    switch self {
    case .constant(let c): c
    case .rate(_, let least): least
    case .perBlock(let costs): costs.min() ?? 0
    }
  }

  /// The cost that holds from some depth on (per block), else the least.
  var last: Double {
    if case .perBlock(let costs) = self { return costs.last ?? 0 }
    return least
  }

  /// Whether more depth costs nothing from some depth on.
  var isZero: Bool {
    switch self {
    case .constant(let c): c == 0
    case .rate(let function, _): function.constantValue == 0
    case .perBlock(let costs): costs.last == 0
    }
  }

  /// c(t, x); of a cost per block the least.
  public var function: ScalarFunction {
    if case .rate(let function, _) = self { return function }
    return ScalarFunction(constant: least)
  }

  /// c_k.
  public func block(_ k: Int) -> Double {
    if case .perBlock(let costs) = self { return costs[min(k, costs.count - 1)] }
    return least
  }
}
