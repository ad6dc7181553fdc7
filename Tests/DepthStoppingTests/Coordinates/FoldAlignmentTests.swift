import Testing

@testable import DepthStopping

@Suite struct FoldAlignmentTests {
  /// A fold's own level goes, what varies within folds stays, and what does not becomes one number.
  @Test func levelsOfFoldsGo() {
    let n = 40
    let offsets = [0.3, -0.2, 0.1, 0.05]
    // exit 0 constant but for the folds, exit 1 varying
    var flat: [Double] = []
    for sample in 0..<n {
      flat.append(1 + offsets[sample % 4])
      flat.append(Double(sample / 4) + offsets[sample % 4])
    }
    let paths = StoppingPaths(sampleCount: n, exitCount: 3, stoppingLoss: [Double](repeating: 0, count: 3 * n))
    FoldAlignment.align(&flat, SampleFolds(paths, count: 4), blocks: 2, width: 1, component: 0)
    let constant = (0..<n).map { flat[2 * $0] }
    let varying = (0..<n).map { flat[2 * $0 + 1] }
    #expect(Set(constant).count == 1)
    for sample in 0..<n {
      let first = sample / 4 * 4
      let difference: Double = varying[sample] - varying[first]
      #expect(abs(difference) < 1e-12)
    }
    let whole: Double = varying[39] - varying[0]
    #expect(abs(whole - 9) < 1e-12)
  }
}
