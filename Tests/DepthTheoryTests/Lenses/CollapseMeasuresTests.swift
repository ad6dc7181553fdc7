import DepthNumerics
import DepthStopping
import Testing

@testable import DepthTheory

/// NC1 to NC3 against their closed forms on features whose covariances are exact by construction.
@Suite struct CollapseMeasuresTests {
  /// Means at the vertices of a simplex of K points in R^K, of norm r; around each the 2d points `+- s sqrt(d) e_j`, whose covariance is s^2 I.
  static func simplex(classes n: Int, radius: Double, spread: Double, dimension d: Int? = nil) -> RecordedLayers {
    let d = d ?? n
    let unit = (1 - 1 / Double(n)).squareRoot()
    let step = spread * Double(d).squareRoot()
    var (features, labels, head) = ([Double](), [Int](), [Double]())
    for k in 0..<n {
      let mean = (0..<d).map { j in j < n ? radius * ((j == k ? 1 : 0) - 1 / Double(n)) / unit : 0 }
      head += mean.map { 3 * $0 + 0.7 }
      for j in 0..<d {
        for sign in [-1.0, 1] {
          var point = mean
          point[j] += sign * step
          features += point.map { $0 + 5 }
          labels.append(k)
        }
      }
    }
    let exit = RecordedLayers.Exit(featureCount: d, features: features, headWeights: head)
    return RecordedLayers(classCount: n, labels: labels, exits: [exit])
  }

  private static func measures(_ layers: RecordedLayers) throws -> CollapseMeasures {
    try CollapseSums(layers.exits[0], labels: layers.labels, classes: layers.classCount, groups: 2).measures()
  }

  @Test(arguments: [2, 3, 10]) func simplexHasItsClosedForm(classes n: Int) throws {
    let (r, s) = (1.7, 0.3)
    let found = try Self.measures(Self.simplex(classes: n, radius: r, spread: s, dimension: n + 3))
    // S_B has the eigenvalue r^2/(K - 1) K - 1 times, S_W = s^2 I
    let k = Double(n)
    let exact = s * s * (k - 1) * (k - 1) / (k * r * r)
    #expect(abs(try #require(found.nc1) / exact - 1) < 1e-12)
    #expect(found.classes.allSatisfy { abs($0 / exact - 1) < 1e-12 })
    #expect(try #require(found.nc2) < 1e-12)
    // the head is 3 mu + 0.7: parallel but for what softmax does not see
    #expect(try #require(found.nc3) < 1e-12)
    #expect(abs(found.samples.reduce(0, +) / Double(found.samples.count) / exact - 1) < 1e-12)
  }

  /// A reflection with a scale of its own changes nothing; head and means that no longer agree are seen by NC3.
  @Test func rotationAndScaleChangeNothing() throws {
    let layers = Self.simplex(classes: 4, radius: 1, spread: 0.2)
    let exit = layers.exits[0]
    // Householder's reflection in the plane across v, times 3
    let v: [Double] = [0.5, -0.5, 0.1, 0.7]
    var mapped = [Double](repeating: 0, count: layers.sampleCount * 4)
    for i in 0..<layers.sampleCount {
      var along = 0.0
      for j in 0..<4 { along += 2 * v[j] * exit.features[i * 4 + j] }
      for j in 0..<4 { mapped[i * 4 + j] = 3 * (exit.features[i * 4 + j] - along * v[j]) }
    }
    #expect(abs(v.reduce(0) { $0 + $1 * $1 } - 1) < 1e-15)
    let other = RecordedLayers(
      classCount: 4, labels: layers.labels,
      exits: [RecordedLayers.Exit(featureCount: 4, features: mapped, headWeights: exit.headWeights)])
    let (a, b) = (try Self.measures(layers), try Self.measures(other))
    let ratio = try #require(b.nc1) / #require(a.nc1)
    #expect(abs(ratio - 1) < 1e-12)
    #expect(try #require(b.nc2) < 1e-12)
    #expect(try #require(b.nc3) > 0.01)
  }

  /// Two classes on a line: S_B = m^2 with means +- m, S_W = s^2, so that NC1 = s^2 / (2 m^2).
  @Test func twoClassesOnALine() throws {
    let features = [2.0, 4, -1, -5]
    let exit = RecordedLayers.Exit(featureCount: 1, features: features, headWeights: [-1, 1])
    let layers = RecordedLayers(classCount: 2, labels: [0, 0, 1, 1], exits: [exit])
    let found = try Self.measures(layers)
    // within-class variances 1 and 4, means +- 3
    let exact: Double = 2.5 / 18
    let nc1 = try #require(found.nc1)
    #expect(abs(nc1 - exact) < 1e-14)
    #expect(found.classes.count == 2 && abs(found.classes[1] - 4.0 / 18) < 1e-14)
    // the head points the wrong way: distance 2 of two unit vectors
    #expect(abs(try #require(found.nc3) - 2) < 1e-14)
  }

  @Test func leavingAGroupOutEqualsNotHavingIt() throws {
    let layers = Self.simplex(classes: 3, radius: 1, spread: 0.4)
    let exit = layers.exits[0]
    let left = try CollapseSums(exit, labels: layers.labels, classes: 3, groups: 3).measures(without: 1)
    let kept = (0..<layers.sampleCount).filter { $0 % 3 != 1 }
    let shorter = RecordedLayers.Exit(
      featureCount: 3, features: kept.flatMap { exit.features[($0 * 3)..<($0 * 3 + 3)] },
      headWeights: exit.headWeights)
    let direct = try CollapseSums(shorter, labels: kept.map { layers.labels[$0] }, classes: 3, groups: 1).measures()
    #expect(abs(try #require(left.nc1) - #require(direct.nc1)) < 1e-12)
    #expect(abs(try #require(left.nc2) - #require(direct.nc2)) < 1e-12)
  }

  @Test func coincidingMeansHaveNoVariability() throws {
    let exit = RecordedLayers.Exit(featureCount: 2, features: [1, 0, -1, 0, 1, 0, -1, 0], headWeights: [])
    let layers = RecordedLayers(classCount: 2, labels: [0, 0, 1, 1], exits: [exit])
    let found = try Self.measures(layers)
    #expect(found.nc1 == nil && found.nc3 == nil)
  }
}
