import Testing

@testable import DepthFigures

@Suite struct NumberTextTests {
  @Test func choosesDecimalsOrPowers() {
    #expect(NumberText(0.1341610341, digits: 4).plain == "0.1342")
    #expect(NumberText(1234567, digits: 3).plain == "1.23·10⁶")
    #expect(NumberText(-0.00012, digits: 4).plain == "−1.2·10⁻⁴")
    #expect(NumberText(0, digits: 4).plain == "0")
    #expect(NumberText(1500, digits: 6).plain == "1500")
    #expect(NumberText(123_456, digits: 2).plain == "123456")
    #expect(NumberText(-2.5e-7, digits: 3).tex == "$-2.5\\cdot 10^{-7}$")
  }

  @Test func dataHasTenDigitsAndNoNegativeZero() {
    #expect(NumberText.data(1.0 / 3) == "0.3333333333")
    #expect(NumberText.data(-0.0) == "0")
    #expect(Double(NumberText.data(1.23456789012e-200)) == 1.23456789e-200)
  }
}
