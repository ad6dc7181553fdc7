import Testing

@testable import DepthStopping

@Suite struct SampleFoldsTests {
  private static func paths(_ count: Int, groups: [Int] = []) -> StoppingPaths {
    StoppingPaths(
      sampleCount: count, exitCount: 2, stoppingLoss: [Double](repeating: 0, count: 2 * count), groups: groups)
  }

  @Test func samplesAreTheirOwnGroups() {
    let folds = SampleFolds(Self.paths(11), count: 5)
    #expect(folds.of == (0..<11).map { $0 % 5 } && folds.members[0] == [0, 5, 10])
    #expect(folds.others(than: 0) == [1, 2, 3, 4, 6, 7, 8, 9])
  }

  /// No group is torn, every sample is in one fold, and the folds differ by one group at most.
  @Test func groupsStayTogether() {
    let groups = (0..<48).map { 7 * ($0 * $0 % 13) + 100 }
    let folds = SampleFolds(Self.paths(48, groups: groups), count: 3)
    #expect(folds.count == 3 && folds.members.joined().sorted() == Array(0..<48))
    let sets = folds.members.map { Set($0.map { groups[$0] }) }
    #expect(sets.map(\.count).reduce(0, +) == Set(groups).count)
    #expect(sets.map(\.count).max()! - sets.map(\.count).min()! <= 1)
  }

  @Test func tooFewGroupsAreOneFold() {
    #expect(SampleFolds(Self.paths(9), count: 5).count == 1)
    // many samples, few groups
    let folds = SampleFolds(Self.paths(100, groups: (0..<100).map { $0 / 20 }), count: 5)
    #expect(!folds.areSeveral && folds.members == [Array(0..<100)] && folds.others(than: 0).count == 100)
  }
}
