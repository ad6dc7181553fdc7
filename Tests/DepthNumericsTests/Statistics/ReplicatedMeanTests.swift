import DepthNumerics
import Testing

@Suite struct ReplicatedMeanTests {
  /// `x_ri = a_r + b_i + e_ri` of mean 0.
  static func draw(_ replicates: Int, _ samples: Int, _ scales: [Double], isCrossed: Bool, seed: UInt64) -> [[Double]] {
    var stream = RandomStream(seed: seed)
    let shared = stream.normals(samples)
    return (0..<replicates).map { _ in
      let seedEffect = scales[0] * stream.normals(1)[0]
      let own = isCrossed ? shared : stream.normals(samples)
      return zip(own, stream.normals(samples)).map { seedEffect + scales[1] * $0 + scales[2] * $1 }
    }
  }

  /// Intervals cover the truth as often as they say: 95 % within 4 standard errors of 1000 draws, crossed ones never less.
  @Test(arguments: [[0.3, 1, 1], [0, 1, 1], [0.5, 0.2, 1]]) func intervalsCover(scales: [Double]) {
    for isCrossed in [true, false] {
      let covered = (0..<1000).filter { run in
        let values = Self.draw(4, 50, scales, isCrossed: isCrossed, seed: UInt64(run))
        let interval = ReplicatedMean.interval(values, design: isCrossed ? .crossed : .nested)
        return interval.lower <= 0 && interval.upper >= 0
      }.count
      #expect(covered > 922, "\(scales), crossed \(isCrossed): \(covered)")
      #expect(covered < 985, "\(scales), crossed \(isCrossed): \(covered)")
    }
  }

  @Test func oneReplicateIsItsSamples() {
    let values = [1.0, 2, 4, 7]
    let interval = ReplicatedMean.interval([values], design: .crossed)
    let student = Interval(replicates: values)
    #expect(interval.value == 3.5 && abs(interval.lower - student.lower) < 1e-12)
  }

  @Test func constantsHaveNoWidth() {
    let interval = ReplicatedMean.interval([[2, 2, 2], [2, 2, 2]], design: .crossed)
    #expect(interval == Interval(value: 2, lower: 2, upper: 2))
  }
}
