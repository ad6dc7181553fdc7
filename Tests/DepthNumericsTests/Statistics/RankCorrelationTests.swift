import DepthNumerics
import Testing

@Suite struct RankCorrelationTests {
  /// A worked example with 10 pairs: rho = -29/165 (Wikipedia, "Spearman's rank correlation coefficient", IQ against hours of television).
  @Test func workedExample() throws {
    let x: [Double] = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    let y: [Double] = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    let rho = try #require(RankCorrelation.spearman(x, y))
    #expect(abs(rho.value + 29.0 / 165) < 1e-14)
    #expect(rho.lower < rho.value && rho.value < rho.upper && rho.lower > -1)
  }

  @Test func tiesShareTheirRank() throws {
    // ranks 1.5 1.5 3 4 against 1 2 3 4: Pearson's correlation of the ranks
    let rho = try #require(RankCorrelation.spearman([5, 5, 6, 7], [1, 2, 3, 4]))
    #expect(abs(rho.value - 4.5 / (4.5 * 5).squareRoot()) < 1e-14)
  }

  @Test func monotoneIsOneAndConstantsHaveNone() throws {
    let rho = try #require(RankCorrelation.spearman([1, 2, 3, 4], [1, 8, 27, 64]))
    #expect(abs(rho.value - 1) < 1e-15)
    #expect(RankCorrelation.spearman([1, 1, 1, 1], [1, 2, 3, 4]) == nil)
    #expect(RankCorrelation.spearman([1, 2], [1, 2]) == nil)
  }
}
