extension VectorField {
  /// Depths at which f jumps inside (start, end), ascending: where integrators restart.
  ///
  /// A jump within rounding (1e-12 relative) of an end is no jump inside: k Delta and T k / L round differently, and a piece of
  /// rounding's length is none.
  func jumps(from start: Double, to end: Double) -> [Double] {
    discontinuities.filter { $0 > start && !Self.isRounding($0, start) && $0 < end && !Self.isRounding($0, end) }
  }

  /// The jump at a depth, but for rounding: what ends there wants f's limit from the left.
  func jump(at depth: Double) -> Double? { discontinuities.first { Self.isRounding($0, depth) } }

  private static func isRounding(_ jump: Double, _ depth: Double) -> Bool {
    abs(jump - depth) <= 1e-12 * max(abs(jump), abs(depth))
  }
}

/// Where f may be evaluated last before it jumps: below the jump by more than fields take for it.
enum LeftLimit {
  static func depth(before jump: Double, from left: Double) -> Double {
    jump - 4e-12 * max(abs(jump), jump - left)
  }
}
