import DepthRuns

/// Relative and absolute tolerance of an adaptive method, weights `1 / (rtol |h_i| + atol_i)`.
public struct Tolerances: Equatable, Sendable {
  public let relative: Double
  /// atol; the least of them where each component has its own.
  public let absolute: Double
  /// One atol a component, for components of different size; nil: `absolute` for all.
  public let absoluteByComponent: [Double]?

  /// - Throws: `InputError.usage` below 100 ulp of one (2.2e-14), where rounding hides the local error.
  public init(relative: Double = 1e-8, absolute: Double = 1e-10) throws {
    try Self.validate(relative)
    guard absolute > 0, absolute.isFinite else {
      throw InputError.value(absolute, of: "absolute_tolerance", allowed: "positive numbers")
    }
    self.relative = relative
    self.absolute = absolute
    absoluteByComponent = nil
  }

  /// - Throws: `InputError.usage` as above, and for an empty list.
  public init(relative: Double = 1e-8, absoluteByComponent: [Double]) throws {
    try Self.validate(relative)
    if let bad = absoluteByComponent.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw InputError.value(
        absoluteByComponent[bad], of: "absolute_tolerance of component \(bad)", allowed: "positive numbers")
    }
    guard let least = absoluteByComponent.min() else {
      throw InputError.usage("there are no absolute tolerances; allowed: one, or one a component")
    }
    self.relative = relative
    absolute = least
    self.absoluteByComponent = absoluteByComponent
  }

  private static func validate(_ relative: Double) throws {
    let floor = 100 * Double.ulpOfOne
    guard relative >= floor, relative < 1 else {
      throw InputError.value(relative, of: "relative_tolerance", allowed: "\(floor) to 1")
    }
  }

  /// atol of one component.
  public func absolute(_ component: Int) -> Double { absoluteByComponent?[component] ?? absolute }

  /// - Throws: `InputError.usage` when there are absolute tolerances by component, but not one for each.
  func validate(dimension: Int) throws {
    guard let count = absoluteByComponent?.count, count != dimension else { return }
    throw InputError.usage(
      "there are \(count) absolute tolerances; allowed: one, or \(dimension), one a component of the field")
  }

  /// The share of them that a method is handed, never below 100 ulp of one.
  func scaled(by share: Double) -> (relative: Double, absolute: [Double]) {
    (
      max(100 * Double.ulpOfOne, share * relative), (absoluteByComponent ?? [absolute]).map { share * $0 }
    )
  }

  /// Both divided by `factor`, the relative one not below its floor.
  func tightened(by factor: Double) throws -> Tolerances {
    let relative = max(100 * Double.ulpOfOne, relative / factor)
    guard let absoluteByComponent else { return try Tolerances(relative: relative, absolute: absolute / factor) }
    return try Tolerances(relative: relative, absoluteByComponent: absoluteByComponent.map { $0 / factor })
  }

  /// For `count` states in a row.
  func repeated(_ count: Int) throws -> Tolerances {
    guard let absoluteByComponent else { return self }
    return try Tolerances(
      relative: relative, absoluteByComponent: (0..<count).flatMap { _ in absoluteByComponent })
  }
}
