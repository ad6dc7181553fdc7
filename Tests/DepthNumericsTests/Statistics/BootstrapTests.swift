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

  /// Copies of a sample that are drawn together carry no information; drawn by themselves they would halve the interval.
  @Test func groupsAreDrawnAsOneSample() {
    var stream = RandomStream(seed: 1)
    let values = stream.normals(101)
    let copies = (0..<404).map { values[$0 / 4] }
    let plain = Bootstrap(sampleCount: 101, resamples: 200, seed: 7).mean(values)
    let grouped = Bootstrap(sampleCount: 404, resamples: 200, seed: 7, groups: (0..<404).map { 10 - $0 / 4 }.sorted())
    // the order of the groups' numbers is the order of the draws
    let interval = Bootstrap(sampleCount: 404, resamples: 200, seed: 7, groups: (0..<404).map { $0 / 4 }).mean(copies)
    #expect(abs(interval.lower - plain.lower) < 1e-12 && abs(interval.upper - plain.upper) < 1e-12)
    #expect(grouped.mean(copies) == interval)
    let separate = Bootstrap(sampleCount: 404, resamples: 200, seed: 7).mean(copies)
    #expect(separate.upper - separate.lower < 0.7 * (interval.upper - interval.lower))
    let single = Bootstrap(sampleCount: 101, resamples: 200, seed: 7, groups: Array(0..<101)).mean(values)
    #expect(single == plain)
    // groups of different sizes: weights still sum to the samples
    let uneven = Bootstrap(sampleCount: 101, resamples: 200, seed: 7, groups: (0..<101).map { $0 * $0 / 1000 })
    #expect(uneven.interval { abs($0.reduce(0, +) - 101) }.upper < 1e-10)
    let constant = uneven.mean([Double](repeating: 8, count: 101))
    #expect(abs(constant.lower - 8) < 1e-12 && abs(constant.upper - 8) < 1e-12)
  }

  /// Keeping the resamples changes no bit.
  @Test func drawnResamplesAreTheSame() {
    var stream = RandomStream(seed: 3)
    let columns = (0..<2).map { _ in stream.normals(60) }
    for groups in [[], (0..<60).map { $0 * $0 / 300 }] {
      let bootstrap = Bootstrap(sampleCount: 60, resamples: 50, seed: 4, groups: groups)
      #expect(bootstrap.drawn(threads: 3).means(columns) == bootstrap.means(columns))
      #expect(bootstrap.drawn().interval { $0[0] + 2 * $0[59] } == bootstrap.interval { $0[0] + 2 * $0[59] })
    }
  }
}
