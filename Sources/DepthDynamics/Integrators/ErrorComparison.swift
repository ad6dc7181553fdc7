/// A second run to measure a first one's error by, and how their distance becomes a bound.
///
/// The second run has a hundredth of the tolerances, or twice the blocks. A global error falls like the local tolerance to the power
/// p/(p+1) on the whole, but not evenly: 1.5 times the distance was seen to cover it from a tenth of the local tolerance on, together
/// with a tenth of what the tolerances ask, since both runs may share their first steps and the errors of those. Rounding sets a floor
/// to local tolerances (`LocalShare`): where less than a factor of ten is left above it no run is much more accurate, and a method of
/// another kind may be worse. Then the second run has ten times the tolerances, the distance is mostly its own error, and what both
/// may share through rounding is half of the tightest tolerance that can be had. Fixed steps of order p: `2^p / (2^p - 1)` times the
/// distance (Richardson).
struct ErrorComparison {
  let choice: IntegratorChoice
  let factor: Double
  /// Of the first run; nil for fixed steps.
  private let tolerances: Tolerances?
  /// Errors that both runs may have, relative to the state; the like of absolute ones is `sharedError atol`.
  private let shared: Double

  private static let leastGain = 10.0
  /// What errors that both runs share may be, as a share of what the tolerances ask.
  private static let sharedError = 0.1

  /// - Parameters:
  ///   - tightening: by how much the tolerances are divided where rounding leaves room.
  ///   - share: what the method hands to its error control.
  init(_ choice: IntegratorChoice, tightening: Double, share: LocalShare) throws {
    var other = choice
    if let order = choice.fixedOrder {
      other.blocks *= 2
      let power = Double(1 << order)
      (self.choice, factor, tolerances, shared) = (other, power / (power - 1), nil, 0)
      return
    }
    other.tolerances = try choice.tolerances.tightened(by: tightening)
    let gain = share.relative(choice.tolerances.relative) / share.relative(other.tolerances.relative)
    let isNextToRounding = gain < Self.leastGain * (1 - 1e-9)
    if isNextToRounding {
      other.tolerances = try choice.tolerances.tightened(by: 1 / Self.leastGain)
    }
    let common = Self.sharedError * choice.tolerances.relative
    shared = isNextToRounding ? max(common, 0.5 * share.tightest) : common
    (self.choice, factor, tolerances) = (other, 1.5, choice.tolerances)
  }

  /// A bound of the 2-norm of the first run's error in the `d` entries from `offset` on: with rounding, which adds up over the steps
  /// like a random walk.
  func bound(_ first: [Double], _ second: [Double], _ offset: Int, _ d: Int, steps: Int) -> Double {
    let distance = Self.norm(d) { first[offset + $0] - second[offset + $0] }
    let size = Self.norm(d) { first[offset + $0] }
    let absolute = tolerances.map { given in Self.norm(d) { given.absolute($0) } } ?? 0
    let common = shared * size + Self.sharedError * absolute
    let rounding = (4 + Double(steps).squareRoot()) * Double.ulpOfOne * size
    return factor * distance + common + rounding
  }

  /// `||e|| / (rtol ||h|| + ||atol||)` by `error` = ||e||, a norm, since a component may cross zero; where each component has a
  /// tolerance of its own, the root mean square of `e_i / (rtol |h_i| + atol_i)`.
  func excess(
    _ error: Double, _ first: [Double], _ second: [Double], _ offset: Int, _ d: Int, _ tolerances: Tolerances
  ) -> Double {
    guard error.isFinite else { return .infinity }
    guard tolerances.absoluteByComponent == nil else {
      let shares = Self.norm(d) { i in
        let weight = tolerances.relative * abs(first[offset + i]) + tolerances.absolute(i)
        return factor * (first[offset + i] - second[offset + i]) / weight
      }
      return shares / Double(d).squareRoot()
    }
    let size = Self.norm(d) { first[offset + $0] }
    return error / (tolerances.relative * size + tolerances.absolute * Double(d).squareRoot())
  }

  /// The 2-norm of d entries, scaled: the squares of large states overflow.
  private static func norm(_ d: Int, _ entry: (Int) -> Double) -> Double {
    let largest = (0..<d).reduce(0) { max($0, abs(entry($1))) }
    guard largest > 0, largest.isFinite else { return largest }
    return largest * (0..<d).reduce(0) { $0 + (entry($1) / largest) * (entry($1) / largest) }.squareRoot()
  }

  /// The same of another quantity, of which the relative tolerance alone speaks.
  func bound(distance: Double, size: Double) -> Double {
    factor * distance + (shared + 4 * .ulpOfOne) * size
  }
}

extension IntegratorChoice {
  /// What the method hands to its error control.
  var localShare: LocalShare {
    switch name {
    case "cvode-adams": .adams
    case "cvode-bdf": .bdf
    case "ark-implicit": ARKStep.localShare
    case "euler", "heun", "rk4", "taylor": .whole
    default: name.hasPrefix("erk-") ? ERKStep.localShare : LocalShare(RungeKutta.localShare)
    }
  }

  /// The choice whose run an error of this one's is measured by: tighter where rounding allows, else ten times looser.
  ///
  /// - Throws: as `Tolerances`.
  public func measuring() throws -> IntegratorChoice { try comparison().choice }

  /// The run that this choice's global error is measured by.
  func comparison() throws -> ErrorComparison { try ErrorComparison(self, tightening: 100, share: localShare) }
}
