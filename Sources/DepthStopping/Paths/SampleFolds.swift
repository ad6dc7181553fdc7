/// Parts of the samples for cross-fitting: whole groups of dependent samples (`StoppingPaths.groups`) in turn, each sample its own
/// group where there are none.
public struct SampleFolds: Equatable, Sendable {
  /// Samples of each fold, ascending. One fold alone means that there are too few groups to leave any out.
  public let members: [[Int]]
  /// The fold of each sample.
  public let of: [Int]

  /// - Parameter count: folds, where there are at least two groups for each, else one.
  public init(_ paths: StoppingPaths, count: Int) {
    let place = paths.groupPlaces
    let groups = (place.max() ?? -1) + 1
    let count = groups >= 2 * count ? count : 1
    of = place.map { $0 % count }
    var members = [[Int]](repeating: [], count: count)
    for (sample, fold) in of.enumerated() { members[fold].append(sample) }
    self.members = members
  }

  public var count: Int { members.count }
  /// Whether any sample can be left out.
  public var areSeveral: Bool { count > 1 }

  /// Samples of all folds but one, ascending; all samples where there is one fold alone.
  public func others(than fold: Int) -> [Int] { of.indices.filter { !areSeveral || of[$0] != fold } }
}
