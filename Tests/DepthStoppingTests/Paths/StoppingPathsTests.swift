import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct StoppingPathsTests {
  private static func arrays() -> [String: NumericArray] {
    [
      "loss": NumericArray(shape: [2, 3], values: [3, 2, 1, 4, 2, 0]),
      "logits": NumericArray(shape: [2, 3, 2], values: [0, 1, 1, 0, 2, 0, 0, 1, 0, 2, 0, 3]),
      "label": NumericArray([0, 1]),
      "features": NumericArray(shape: [2, 3, 1], values: [1, 2, 3, 4, 5, 6]),
      "residual_norm": NumericArray(shape: [2, 2], values: [1, 2, 3, 4]),
      "split": NumericArray([1, 2]),
      "operations": NumericArray(shape: [3, 3], values: [1, 2, 3, 4, 5, 6, 7, 8, 0]),
    ]
  }

  private static func read(_ arrays: [String: NumericArray]) throws -> StoppingPaths {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    try ArrayArchive.write(arrays, to: url)
    return try StoppingPaths(archive: url)
  }

  @Test func roundTrip() throws {
    let paths = try Self.read(Self.arrays())
    #expect(paths.sampleCount == 2 && paths.blockCount == 2 && paths.featureNames == ["feature_0"])
    #expect(paths.loss(1, 1) == 2 && paths.feature(1, 2, 0) == 6)
    #expect(paths.isCorrect(0, 0) == false && paths.isCorrect(0, 1) == true && paths.isCorrect(1, 2) == true)
    #expect(paths.samples(of: .fit) == [0] && paths.samples(of: .test) == [1])
    #expect(try Self.read(paths.archive) == paths)
    #expect(paths.operations?.head == [4, 5, 6])
    var arrays = Self.arrays()
    arrays["operations"] = NumericArray([1, 2, 4])
    #expect(try Self.read(arrays).operations?.totals(reading: .everything) == [1, 2, 4])
    #expect(paths.selecting([1]).stoppingLoss == [4, 2, 0])
  }

  @Test func groupsTravelWithTheirSamplesAndAverage() throws {
    var arrays = Self.arrays()
    arrays["group"] = NumericArray([7, 7])
    let paths = try Self.read(arrays)
    #expect(paths.groups == [7, 7] && paths.selecting([1]).groups == [7] && paths.truncated(to: 1).groups == [7, 7])
    #expect(try Self.read(paths.archive) == paths)
    let mean = paths.averagedByGroup()
    #expect(mean.sampleCount == 1 && mean.stoppingLoss == [3.5, 2, 0.5] && mean.features == [2.5, 3.5, 4.5])
    #expect(mean.residualNorm == [2, 3] && mean.split == [.fit] && mean.classCount == 0 && mean.groups.isEmpty)
    #expect(mean.operations?.trunk == [2, 4, 6])
    arrays["group"] = NumericArray([7, 3])
    #expect(try Self.read(arrays).averagedByGroup().stoppingLoss == [4, 2, 0, 3, 2, 1])
    let plain = try Self.read(Self.arrays())
    #expect(plain.averagedByGroup() == plain)
  }

  @Test(arguments: [
    ("loss", NumericArray(shape: [2, 3], values: [3, .nan, 1, 4, 2, 0])),
    ("loss", NumericArray(shape: [2, 3], values: [3, -1, 1, 4, 2, 0])), ("loss", NumericArray([1, 2])),
    ("label", NumericArray([0, 2])), ("label", NumericArray([0.5, 1])), ("label", NumericArray([0])),
    ("split", NumericArray([0, 3])),
    ("logits", NumericArray(shape: [2, 2, 2], values: [Double](repeating: 0, count: 8))),
    ("residual_norm", NumericArray(shape: [2, 3], values: [Double](repeating: 0, count: 6))),
    ("stranger", NumericArray([1])), ("group", NumericArray([1])), ("group", NumericArray([0, -1])),
    ("operations", NumericArray([1, 2])), ("operations", NumericArray([1, -2, 3])),
  ])
  func nonsenseIsNamed(name: String, array: NumericArray) throws {
    var arrays = Self.arrays()
    arrays[name] = array
    let error = #expect(throws: InputError.self) { try Self.read(arrays) }
    #expect(error?.description.contains(name) == true)
  }
}
