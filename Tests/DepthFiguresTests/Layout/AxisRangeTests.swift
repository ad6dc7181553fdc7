import Testing

@testable import DepthFigures

@Suite struct AxisRangeTests {
  private func padded(_ values: [Double], _ scale: Axis.Scale = .linear, keepsSign: Bool = true) -> ClosedRange<Double>
  {
    var range = AxisRange(scale: scale)
    values.forEach { range.include($0) }
    return range.padded(keepsSign: keepsSign)
  }

  @Test func addsAMarginThatKeepsTheSign() {
    #expect(padded([0, 1]) == 0...1.04)
    #expect(padded([-1, 1]) == -1.08...1.08)
    #expect(padded([0, 1], keepsSign: false) == -0.04...1.04)
  }

  @Test func leavesOutWhatTheAxisCannotShow() {
    #expect(padded([.nan, .infinity, 1, 2]).upperBound < 2.1)
    let logarithmic = padded([-3, 0, 1, 100], .logarithmic)
    #expect(logarithmic.lowerBound > 0.8 && logarithmic.upperBound < 125)
  }

  @Test func nothingAndOneValueStillMakeAnAxis() {
    #expect(padded([]) == 0...1)
    #expect(padded([], .logarithmic) == 1...10)
    #expect(padded([4]) == 2...6)
    #expect(padded([0]) == -0.5...0.5)
    #expect(padded([4], .logarithmic) == 2...8)
    #expect(padded([-1.7e308, 1.7e308]).upperBound.isFinite)
  }
}
