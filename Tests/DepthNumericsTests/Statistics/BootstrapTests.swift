import DepthNumerics
import Testing

@Suite struct BootstrapTests {
  @Test func meansAreTheStatisticOfTheSameResamples() {
    var stream = RandomStream(seed: 1)
    let columns = (0..<3).map { _ in stream.normals(101) }
    let bootstrap = Bootstrap(sampleCount: 101, resamples: 90, seed: 7)
    let together = bootstrap.means(columns, threads: 2)
    for (values, interval) in zip(columns, together) {
      let alone = bootstrap.interval { weights in zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / 101 }
      #expect(abs(alone.lower - interval.lower) < 1e-14 && abs(alone.upper - interval.upper) < 1e-14)
      #expect(abs(alone.value - interval.value) < 1e-14)
    }
    #expect(bootstrap.means(columns, threads: 1) == together && bootstrap.means(columns, threads: 5) == together)
    #expect(bootstrap.mean([Double](repeating: 8, count: 101)) == Interval(value: 8, lower: 8, upper: 8))
  }
}
