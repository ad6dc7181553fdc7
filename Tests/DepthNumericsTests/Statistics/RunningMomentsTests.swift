import Testing

@testable import DepthNumerics

@Suite struct RunningMomentsTests {
  private static func moments(_ rows: [Double], _ range: Range<Int>, _ covariance: Bool) -> RunningMoments {
    rows.withUnsafeBufferPointer {
      RunningMoments(
        rows: $0.baseAddress! + 3 * range.lowerBound, count: range.count, dimension: 3, hasCovariance: covariance)
    }
  }

  @Test(arguments: [true, false]) func groupsGiveWhatAllTogetherGive(covariance: Bool) {
    var stream = RandomStream(seed: 4)
    // a large offset, where a sum of squares would lose ten digits
    let rows = stream.normals(3 * 1000).enumerated().map { 1e5 + Double($0.offset % 3) * $0.element + $0.element }
    var merged = RunningMoments(dimension: 3, hasCovariance: covariance)
    for range in [0..<1, 1..<65, 65..<65, 65..<700, 700..<1000] { merged.merge(Self.moments(rows, range, covariance)) }
    #expect(merged.count == 1000)
    for i in 0..<3 {
      let column = (0..<1000).map { rows[3 * $0 + i] }
      #expect(abs(merged.mean[i] - Statistics.mean(column)) < 1e-9)
      #expect(abs(merged.variance[i] / Statistics.variance(column) - 1) < 1e-9)
      #expect(abs(merged.standardError[i] / Statistics.standardError(column) - 1) < 1e-9)
    }
    #expect((merged.covariance == nil) == !covariance)
    guard let matrix = merged.covariance else { return }
    let (x, y) = ((0..<1000).map { rows[3 * $0] }, (0..<1000).map { rows[3 * $0 + 2] })
    let (meanX, meanY) = (Statistics.mean(x), Statistics.mean(y))
    let expected = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / 999
    #expect(abs(matrix[2] - expected) < 1e-9 && matrix[2] == matrix[6])
  }

  @Test func nothingHasNoMoments() {
    let moments = RunningMoments(dimension: 2, hasCovariance: true)
    #expect(moments.count == 0 && moments.variance == [0, 0] && moments.standardError == [0, 0])
  }
}

@Suite struct PowerLawFitTests {
  @Test func anExactPowerLawIsFound() {
    let x = [1.0, 2, 4, 8, 16]
    let fit = PowerLawFit(x: x, y: x.map { 3 / ($0 * $0.squareRoot()) }, standardErrors: [0, 0, 0, 0, 0])
    #expect(abs(fit.exponent + 1.5) < 1e-14 && abs(fit.scale - 3) < 1e-13 && fit.standardError == 0)
  }

  // the exponent of perturbed laws scatters as its standard error says
  @Test func theStandardErrorIsTheScatter() {
    let x = [1.0, 2, 4, 8]
    let errors = x.map { 0.02 / $0 }
    var stream = RandomStream(seed: 9)
    let fits = (0..<4000).map { _ in
      let draws = stream.normals(4)
      return PowerLawFit(x: x, y: x.indices.map { 1 / x[$0] + errors[$0] * draws[$0] }, standardErrors: errors)
    }
    let scatter = Statistics.variance(fits.map(\.exponent)).squareRoot()
    // the scatter of 4000 has a relative error of 1.1 %
    #expect(abs(scatter / fits[0].standardError - 1) < 0.05)
  }
}
