import DepthRuns

/// Results of a size that no memory holds are refused before anything is allocated.
enum MemoryGuard {
  /// Numbers of eight bytes in one result: half a GiB, and several times that while it is printed.
  static let most = 1 << 26

  /// - Throws: `InputError.usage` with the memory that the product of `factors` numbers would take.
  static func require(_ factors: Int..., of what: String, take less: String) throws {
    let count = factors.reduce(1.0) { $0 * Double($1) }
    guard count > Double(most) else { return }
    throw InputError.usage("\(what) take \(gibibytes(count)) of memory; allowed: \(gibibytes(Double(most))); \(less)")
  }

  private static func gibibytes(_ count: Double) -> String {
    let size = count / Double(1 << 27)
    return size < 1000 ? "\((size * 100).rounded() / 100) GiB" : "\((size).rounded()) GiB"
  }
}
