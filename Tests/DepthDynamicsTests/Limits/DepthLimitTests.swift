import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct DepthLimitTests {
  private static let powers = (3...10).map { 1 << $0 }

  private static var reference: ERKStep {
    get throws { ERKStep(.verner, tolerances: try Tolerances(relative: 1e-13, absolute: 1e-15)) }
  }

  private static let decay: InitialValueProblem<LinearDecayField> = {
    do {
      return try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    } catch { preconditionFailure("\(error)") }
  }()

  @Test func residualNetworksConvergeToTheFlowWithThePredictedConstant() throws {
    let limit = try DepthLimit(Self.decay, blocks: Self.powers, reference: Self.reference)
    #expect(abs(limit.slope + 1) < 0.01 && limit.slopeBlocks == [256, 512, 1024])
    // (1 - 1/L)^L = e^-1 (1 - 1/(2L) + ...): the constant is 1/(2e)
    #expect(abs(limit.predictedConstant - exp(-1.0) / 2) < 1e-12)
    #expect(abs(limit.extrapolatedConstant / limit.predictedConstant - 1) < 1e-5 && limit.constantDeviation < 1e-5)
    for (count, error) in zip(limit.blocks, limit.errors) {
      #expect(abs(error - (exp(-1.0) - pow(1 - 1 / Double(count), Double(count)))) < 1e-12)
    }
  }

  /// Issue 3's line for the depth limit: slope within 0.01 for L >= 256, the constant to 1e-3, as a vector.
  @Test func everyKindOfFieldHasItsConstantToOnePerMille() throws {
    func check(_ field: some VectorField, _ state: [Double], _ end: Double, _ blocks: [Int]) throws {
      let problem = try InitialValueProblem(field: field, initialState: state, end: end)
      let limit = try DepthLimit(problem, blocks: blocks, reference: Self.reference)
      #expect(abs(limit.slope + 1) < 0.01 && limit.slopeBlocks[0] >= 256, "\(type(of: field)) \(limit.slope)")
      #expect(limit.constantDeviation < 1e-3, "\(type(of: field)) \(limit.constantDeviation)")
    }
    let large = [256, 512, 1024, 2048]
    // f depends on depth: the term in f_t matters
    try check(RandomTanh.field(dimension: 2, width: 3, scale: 0.7, seed: 1), [0.3, -0.8], 2, large)
    try check(RandomTanh.gradientFlow(dimension: 4, width: 6, seed: 2), [1, -1, 0.5, 0.2], 1, large)
    try check(SpiralField(), [1, 0], 1, large)
    try check(LorenzField(), [1, 1, 20], 0.2, large)
    // f jumps at four places; L a multiple of five
    let blocks = (0..<5 as Range<UInt64>).map { RandomTanh.field(dimension: 3, width: 4, scale: 0.8, seed: $0) }
    let network = BlockwiseField(blocks: blocks, blockSize: 0.2)
    try check(network, [0.5, -0.5, 1], network.horizon, [320, 640, 1280])
  }

  @Test func theNumberOfBlocksForAnAccuracyIsPredicted() throws {
    let limit = try DepthLimit(Self.decay, blocks: Self.powers, reference: Self.reference)
    #expect(try limit.blocks(forAccuracy: 1e-3) == 184)  // 183.9 = 1000/(2e)
    #expect(try limit.blocks(forAccuracy: 1e-3, multipleOf: 10) == 190 && limit.blocks(forAccuracy: 10) == 1)
    for accuracy in [1e-2, 1e-3, 1e-4] {
      let row = try BlocksForAccuracy(Self.decay, limit: limit, accuracy: accuracy)
      let measured = try #require(row.measuredError)
      // second order in 1/L: 1 + 11/(12 L) times the rounding up to a whole L
      #expect(
        abs(measured * Double(row.predictedBlocks) / limit.predictedConstant - 1) < 1 / Double(row.predictedBlocks))
      #expect(measured < accuracy * (1 + 1 / Double(row.predictedBlocks)))
    }
    #expect(try BlocksForAccuracy(Self.decay, limit: limit, accuracy: 1e-9).measuredError == nil)
    #expect(throws: InputError.self) { try limit.blocks(forAccuracy: 0) }
    #expect(throws: InputError.self) { try limit.blocks(forAccuracy: 1e-300) }
  }

  @Test func blocksOfHigherOrderHaveTheirSlopesAcrossJumpsToo() throws {
    let blocks = (0..<4 as Range<UInt64>).map { RandomTanh.field(dimension: 3, width: 4, scale: 0.8, seed: $0) }
    let network = BlockwiseField(blocks: blocks, blockSize: 0.3)
    let jumping = try InitialValueProblem(field: network, initialState: [0.5, -0.5, 1], end: network.horizon)
    let exact = try Self.reference.integrate(jumping).finalState
    for (scheme, order) in [(FixedStepRungeKutta.Scheme.heun, 2.0), (.rk4, 4.0)] {
      let counts = [8, 16, 32, 64, 128]
      let errors = try counts.map { count in
        let state = try FixedStepRungeKutta(scheme, blocks: count).integrate(jumping).finalState
        return BLAS.norm(3, zip(state, exact).map { $0 - $1 })
      }
      let found = ConvergenceOrder(blocks: counts, errors: errors, floor: 1e-11)
      #expect(abs(found.slope + order) < 0.1, "\(scheme) \(found)")
    }
  }

  @Test func alignmentKnowsTheJumps() throws {
    let three = BlockwiseField(
      blocks: [1.0, 2, 3].map { LinearDecayField(rates: [$0]) }, blockSize: 0.1)
    #expect(try BlockAlignment.unit(of: InitialValueProblem(field: three, initialState: [1], end: 0.3)) == 3)
    #expect(try BlockAlignment.unit(of: InitialValueProblem(field: three, initialState: [1], end: 0.4)) == 4)
    #expect(BlockAlignment.unit(of: Self.decay) == 1)
    let odd = try InitialValueProblem(field: three, initialState: [1], end: 0.1 * Double.pi)
    #expect(BlockAlignment.unit(of: odd) == nil)
  }

  @Test func theOneSidedLipschitzBoundHolds() throws {
    // linear decay: B = e, so the bound is attained; elsewhere it lies above
    func bound(_ field: some VectorField, _ state: [Double], _ end: Double) throws -> Double {
      let augmented = EulerErrorBoundField(of: field, horizon: end)
      let problem = try InitialValueProblem(field: augmented, initialState: state + [0], end: end)
      return try Self.reference.integrate(problem).finalState[state.count]
    }
    #expect(abs(try bound(LinearDecayField(rates: [1]), [1], 1) - exp(-1.0) / 2) < 1e-12)
    for seed in 0..<6 as Range<UInt64> {
      let field = RandomTanh.field(dimension: 3, width: 5, scale: 0.7, seed: seed)
      let state = RandomTanh.normals(3, scale: 1, seed: seed + 9)
      let problem = try InitialValueProblem(field: field, initialState: state, end: 2)
      let limit = try DepthLimit(problem, blocks: [64, 128], reference: Self.reference)
      #expect(limit.predictedConstant <= (try bound(field, state, 2)) * (1 + 1e-9))
    }
  }

  @Test func batchesGiveMeansAndMaxima() throws {
    let field = LinearDecayField(rates: [1])
    let batch = try DepthLimitBatch(
      field, states: [[1], [-3], [2]], end: 1, blocks: [8, 16], reference: Self.reference, threads: 2)
    let single = try DepthLimit(Self.decay, blocks: [8, 16], reference: Self.reference)
    for i in 0..<2 {
      #expect(abs(try batch.table.numbers("error")[i] - 2 * single.errors[i]) < 1e-12)
      #expect(abs(try batch.table.numbers("error_largest")[i] - 3 * single.errors[i]) < 1e-12)
      #expect(abs(try batch.table.numbers("predicted_error_largest")[i] - 3 * single.predictedErrors[i]) < 1e-11)
    }
    #expect(throws: InputError.self) {
      try DepthLimitBatch(field, states: [[1, 2]], end: 1, blocks: [8, 16], reference: Self.reference)
    }
    #expect(throws: InputError.self) {
      try DepthLimitBatch(field, states: [], end: 1, blocks: [8, 16], reference: Self.reference)
    }
  }

  @Test func blockCountsMustAscend() throws {
    #expect(throws: InputError.self) { try DepthLimit(Self.decay, blocks: [8, 4], reference: Self.reference) }
    #expect(throws: InputError.self) { try DepthLimit(Self.decay, blocks: [8], reference: Self.reference) }
  }

  @Test func unstableNetworksAreDroppedAndTheRestClimbs() throws {
    // |1 - 100/L| > 1 for L < 50 grows to 4^8 at most: no overflow; x' = -x^3 from 40 overflows until L is near 800
    let problem = try InitialValueProblem(field: CustomField(drift: ["-x^3"]), initialState: [40], end: 1)
    let limit = try DepthLimit(
      problem, ladder: NetworkLadder([8, 16, 32, 64], least: 3, largest: 1 << 14), reference: Self.reference)
    #expect(limit.overflowed.prefix(4) == [8, 16, 32, 64] && limit.blocks.count == 3, "\(limit)")
    #expect(limit.blocks[0] == 2 * (limit.overflowed.last ?? 0) && limit.errors.allSatisfy(\.isFinite))
    // h(T) = 1/sqrt(1/h0^2 + 2 T)
    #expect(abs(limit.finalState[0] - 1 / (1 / 1600 + 2).squareRoot()) < 1e-12)
    let error = #expect(throws: UnstableNetworks.self) {
      try DepthLimit(problem, blocks: [8, 16], reference: Self.reference)
    }
    #expect(error == UnstableNetworks(least: 8, largest: 16, finite: []))
    let batch = try DepthLimitBatch(
      problem.field, states: [[1], [40]], end: 1, blocks: [16, 1024, 2048, 4096], reference: Self.reference)
    #expect(
      batch.blocks == limit.blocks.filter { $0 >= 1024 && $0 <= 4096 } && batch.table.rowCount == batch.blocks.count)
  }

  @Test func unitsOfTheErrorDoNotMatter() throws {
    let problem = try InitialValueProblem(field: LorenzField(), initialState: [1, 1, 20], end: 0.2)
    #expect(EulerErrorField.unit(of: problem) > 10)
    func error(_ unit: Double) throws -> [Double] {
      let field = EulerErrorField(of: problem.field, horizon: 0.2, unit: unit)
      let state = try Self.reference.integrate(
        extended: InitialValueProblem(field: field, initialState: problem.initialState + [0, 0, 0], end: 0.2)
      ).finalState
      return state.suffix(3).map { unit * $0 }
    }
    #expect(distance(try error(1), try error(37)) < 1e-9)
    #expect(distance(try error(1), try DepthLimit.expansion(problem, by: Self.reference).leadingError) < 1e-9)
  }

  @Test func theErrorOfAStiffFlowFollowsBDF() throws {
    // against an explicit method with steps short enough for the stiff rate
    let problem = try InitialValueProblem(field: VanDerPolField(mu: 1000), initialState: [2, 0], end: 2)
    let bdf = CVODE(.bdf, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14))
    let (implicit, explicit) = (
      try DepthLimit.expansion(problem, by: bdf), try DepthLimit.expansion(problem, by: Self.reference)
    )
    #expect(distance(implicit.state, explicit.state) < 1e-11)
    let size = BLAS.norm(2, explicit.leadingError)
    #expect(distance(implicit.leadingError, explicit.leadingError) < 1e-8 * size, "\(implicit) \(explicit)")
  }
}
