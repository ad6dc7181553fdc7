import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ContractionCertificateTests {
  private static let everywhere = StateRegion.everywhere(depths: 0...1)

  private static func logarithmicNorm(_ field: some VectorField, _ depth: Double, _ state: [Double]) -> Double {
    var jacobian = [Double](repeating: 0, count: state.count * state.count)
    field.jacobian(depth: depth, state: state, into: &jacobian)
    return LogarithmicNorm.two.value(jacobian, count: state.count)
  }

  @Test func linearDecayIsExact() throws {
    let certificate = try #require(
      try ContractionCertificate.certified(LinearDecayField(rates: [2, 0.7]), over: Self.everywhere))
    #expect(certificate.logarithmicNorm == -0.7 && certificate.isContracting && certificate.kind == .certified)
    #expect(try ContractionCertificate.certified(LorenzField(), over: Self.everywhere) == nil)
  }

  @Test func gradientFlowNeverExpandsAndContractsInBalls() throws {
    for (d, m) in [(3, 5), (4, 24)] {
      let field = RandomTanh.gradientFlow(dimension: d, width: m, seed: UInt64(d))
      let global = try #require(try ContractionCertificate.certified(field, over: Self.everywhere))
      #expect(abs(global.logarithmicNorm) < 1e-12)
      // in a ball the slopes are positive, and m >= d rows make W^T D W definite
      let ball = try #require(
        try ContractionCertificate.certified(field, over: .ball(radius: 1, depths: 0...1)))
      #expect(ball.isContracting && ball.logarithmicNorm < -1e-3, "\(ball)")
      // the field of that name proves the same from W and b alone
      let named = GradientFlowField(
        dimension: d, width: m, parameters: Array(field.parameters[0..<(m * (d + 1))]))
      let same = try #require(
        try ContractionCertificate.certified(named, over: .ball(radius: 1, depths: 0...1)))
      #expect(same.logarithmicNorm >= ball.logarithmicNorm - 1e-12 && same.isContracting)
      #expect(abs(try named.logarithmicNormBound(over: Self.everywhere).value) < 1e-12)
    }
  }

  @Test func roundingCertifiesNoContraction() throws {
    // fewer directions than dimensions: mu_2 is exactly 0, and its computed value may be -1e-17
    for seed in 0..<20 as Range<UInt64> {
      let (w, b) = (RandomTanh.normals(4, scale: 1, seed: seed), [0.1, -0.2, 0.3])
      let field = GradientFlowField(dimension: 4, width: 3, parameters: w + w.map { 0.7 * $0 } + w.map { -2 * $0 } + b)
      let ball = try #require(
        try ContractionCertificate.certified(field, over: .ball(radius: 1, depths: 0...1)))
      #expect(ball.logarithmicNorm >= 0 && ball.logarithmicNorm < 1e-12 && !ball.isContracting, "\(ball)")
    }
  }

  /// No state of the region may exceed a certified bound.
  @Test(arguments: [(2, 4), (3, 8), (4, 20), (5, 40)])
  func boundsHoldAtRandomStates(dimension: Int, width: Int) throws {
    for seed in 0..<4 as Range<UInt64> {
      let field = RandomTanh.field(dimension: dimension, width: width, scale: 0.8, seed: seed)
      for radius in [0.5, 3] {
        let region = try StateRegion.ball(radius: radius, depths: 0...1)
        let ball = try #require(try ContractionCertificate.certified(field, over: region)).logarithmicNorm
        let global = try #require(try ContractionCertificate.certified(field, over: Self.everywhere)).logarithmicNorm
        #expect(ball <= global + 1e-12)
        var stream = RandomStream(seed: seed, stream: 8)
        for _ in 0..<100 {
          let direction = stream.normals(dimension)
          let (length, draws) = (BLAS.norm(dimension, direction), stream.uniforms(2))
          let state = direction.map { $0 / length * radius * draws[0] }
          #expect(Self.logarithmicNorm(field, draws[1], state) <= ball + 1e-12)
        }
      }
    }
  }

  @Test func verticesAreAttainedByOneUnit() throws {
    // one hidden unit: mu_2 = D (|a||b| + a.b) / 2, largest where the slope is 1
    let (a, b) = ([0.6, -1.1], [0.9, 0.4])
    let field = TanhResidualField(
      core: TanhResidualCore(dimension: 2, width: 1), parameters: a + [0] + b + [0, 0])
    let bound = try field.logarithmicNormBound(over: Self.everywhere).value
    let exact = 0.5 * (BLAS.norm(2, a) * BLAS.norm(2, b) + BLAS.dot(2, a, b))
    #expect(bound >= exact && bound < exact + 1e-13 && abs(Self.logarithmicNorm(field, 0, [0, 0]) - exact) < 1e-14)
  }

  @Test func verticesLieBelowTheMajorant() throws {
    let field = RandomTanh.field(dimension: 3, width: 10, scale: 0.8, seed: 3)
    let core = field.core
    let output = Array(
      field.parameters[core.offsetOfOutputWeights..<(core.offsetOfOutputWeights + 30)])
    let input = Array(field.parameters[0..<30])
    let slopes = [ClosedRange<Double>](repeating: 0...1, count: 10)
    let found = SaturatingJacobianBound(output: output, input: input, dimension: 3, width: 10)
    let (vertices, majorant) = (try found.bound(slopes: slopes), try found.majorant(slopes))
    #expect(vertices.argument.contains("2^10"))
    #expect(vertices.value < majorant && vertices.value > 0.3 * majorant, "\(vertices) \(majorant)")
    // and no diagonal D of slopes, whether a state has it or not, exceeds the vertices
    var stream = RandomStream(seed: 12)
    for _ in 0..<200 {
      let slope = stream.uniforms(10)
      func entry(_ row: Int, _ column: Int) -> Double {
        var sum = 0.0
        for j in 0..<10 { sum += output[row * 10 + j] * slope[j] * input[j * 3 + column] }
        return sum
      }
      let jacobian = (0..<9).map { entry($0 % 3, $0 / 3) }
      #expect(LogarithmicNorm.two.value(jacobian, count: 3) <= vertices.value + 1e-12)
    }
  }

  @Test func samplesSayOnlyWhatTheyMet() throws {
    let problem = try InitialValueProblem(field: SpiralField(), initialState: [2, 0], end: 1)
    let method = ERKStep(tolerances: try Tolerances())
    let sample = try ContractionSample(problem, points: 50, integrator: method)
    #expect(sample.certificate.kind == .sampled && !sample.certificate.isContracting && sample.values.count == 50)
    // the fourth powers' sum decreases from 16, so ||h|| stays below 2^(5/4)
    #expect(sample.largestNorm >= 2 && sample.largestNorm < pow(2, 1.25))
    let blocks = BlockwiseField(blocks: [LinearDecayField(rates: [1]), LinearDecayField(rates: [4])], blockSize: 1)
    #expect(try ContractionCertificate.certified(blocks, over: Self.everywhere)?.logarithmicNorm == -1)
    #expect(throws: InputError.self) { try StateRegion.ball(radius: 0, depths: 0...1) }
  }
}
