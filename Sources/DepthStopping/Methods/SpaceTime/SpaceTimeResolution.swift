/// Degrees that a march of panels may take, and the bound of its residual that each panel aims at.
struct SpaceTimeResolution: Equatable, Sendable {
  /// Ascending, in state and in depth; costs grow with the cube of either, so that panels are rather halved.
  let stateDegrees: [Int]
  let depthDegrees: [Int]
  /// What a panel may add to the comparison's bound, relative to the size of the problem's values.
  let aim: Double

  init(stateDegrees: [Int] = [10, 12, 14, 16, 20], depthDegrees: [Int] = [8, 10, 12], aim: Double = 5e-13) {
    precondition(stateDegrees.count >= 3 && depthDegrees.count >= 2, "\(stateDegrees) and \(depthDegrees)")
    self.stateDegrees = stateDegrees
    self.depthDegrees = depthDegrees
    self.aim = aim
  }

  static let standard = SpaceTimeResolution()

  func loosened(by factor: Double) -> SpaceTimeResolution {
    SpaceTimeResolution(stateDegrees: stateDegrees, depthDegrees: depthDegrees, aim: factor * aim)
  }

  /// One degree less everywhere and five times the aim: other nodes and other panels, so that neither truncation nor rounding is
  /// shared.
  var companion: SpaceTimeResolution {
    SpaceTimeResolution(
      stateDegrees: stateDegrees.map { $0 - 1 }, depthDegrees: depthDegrees.map { $0 - 1 }, aim: 5 * aim)
  }
}
