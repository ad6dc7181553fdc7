import Testing

@testable import DepthFigures

@Suite struct TicksTests {
  private func labels(
    _ range: ClosedRange<Double>, _ scale: Axis.Scale = .linear, integer: Bool = false, count: Int = 5
  )
    -> [String]
  {
    Ticks.at(range, scale: scale, isInteger: integer, count: count).compactMap { $0.label?.plain }
  }

  @Test func linearStepsAreRoundAndEquallyLong() {
    #expect(labels(0...1) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels(-0.013...0.027) == ["−0.01", "0", "0.01", "0.02"])
    #expect(labels(3...97) == ["20", "40", "60", "80"])
  }

  @Test func tickValuesCarryNoRoundingDust() {
    let values = Ticks.at(0...0.5, scale: .linear, isInteger: false, count: 5).map(\.value)
    #expect(values == [0, 0.1, 0.2, 0.3, 0.4, 0.5])
  }

  @Test func integerAxesHaveNoFractions() {
    #expect(labels(0...2, integer: true) == ["0", "1", "2"])
    #expect(labels(-0.5...20.5, integer: true, count: 4) == ["0", "5", "10", "15", "20"])
  }

  @Test func decadesAreLabelledAndSubdivided() {
    let ticks = Ticks.at(1e-5...1e-1, scale: .logarithmic, isInteger: false, count: 5)
    #expect(ticks.compactMap { $0.label?.plain } == ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹"])
    #expect(ticks.count == 4 * 9 + 1)
    #expect(labels(4...600, .logarithmic, count: 4) == ["10", "100"])
    #expect(labels(2...9, .logarithmic) == ["2", "5"])
  }

  @Test func manyDecadesAreThinnedAndExtremeRangesEnd() {
    #expect(labels(1e-30...1e30, .logarithmic, count: 5).count <= 7)
    #expect(labels(1e-9...3e-9).first == "10⁻⁹" || labels(1e-9...3e-9).first == "1·10⁻⁹")
    for range in [
      -1e300...1e300, -1.7e308...1.7e308, 0...Double.leastNonzeroMagnitude, 2.5e-308...9e-308, 1...(1 + 1e-9),
      1e15...1.0001e15,
    ] {
      let ticks = Ticks.at(range, scale: .linear, isInteger: false, count: 5)
      #expect(ticks.count < 40 && ticks.allSatisfy { $0.value.isFinite }, "\(range)")
    }
  }
}
