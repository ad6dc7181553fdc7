import DepthRuns
import Synchronization
import Testing

@testable import DepthDynamics

@Suite struct EnsembleRefusalTests {
  private static let ou = OrnsteinUhlenbeck(contractionRate: 1, noise: 0.5)

  private static func run(
    _ diffusion: some Diffusion, from state: [Double], at depths: [Double] = [1], paths: Int = 100, blocks: Int = 10,
    method: any StochasticMethod = EulerMaruyama(), threads: Int = 1, kept: Int = 0
  ) throws -> Ensemble {
    try EnsembleSimulation(
      paths: paths, blocks: blocks, method: method, threads: threads, keptPaths: kept
    ).run(DiffusionProblem(diffusion: diffusion, initialState: state, end: 1), saving: depths)
  }

  /// `h' = h^3`: explicit steps explode from far out.
  private struct Cubic: VectorField {
    var dimension: Int { 2 }
    func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      result[0] = 0
      result[1] = h[1] * h[1] * h[1]
    }
  }

  @Test func explosionsNamePathDepthAndComponent() throws {
    let errors = [1, 2, 5].map { threads in
      #expect(throws: IntegrationError.self) {
        try Self.run(NoisyField(field: Cubic(), noise: 0.1), from: [0, 40], paths: 300, threads: threads)
      }
    }
    let error = try #require(errors[0])
    #expect(errors.allSatisfy { $0 == error })
    #expect(error.reason == .nonFinitePath(path: 0, component: 1))
    #expect(error.depth > 0 && error.depth < 1 && error.state.allSatisfy(\.isFinite))
    #expect(error.description.contains("path 0") && error.description.contains("component 1"))
  }

  @Test func countsAndDepthsOutOfRangeAreRefused() {
    #expect(throws: InputError.self) { try Self.run(Self.ou, from: [1], paths: 0) }
    #expect(throws: InputError.self) { try Self.run(Self.ou, from: [1], blocks: 0) }
    #expect(throws: InputError.self) { try Self.run(Self.ou, from: [1], threads: 0) }
    #expect(throws: InputError.self) { try Self.run(Self.ou, from: [1], at: [1.5]) }
    #expect(throws: InputError.self) { try Self.run(Self.ou, from: [1], at: [0.5, 0.5]) }
    #expect(throws: InputError.self) { try Self.run(Self.ou, from: [1], at: [0.5, 0.2]) }
  }

  @Test func whatNoMemoryHoldsIsRefusedBeforehand() {
    #expect(throws: InputError.self) { try Self.run(Self.ou, from: [1], paths: 1 << 40 - 1, kept: 1 << 39) }
    let wide = OrnsteinUhlenbeck(dimension: 100_000, contractionRate: 1, noise: 1)
    let depths = (1...1000).map { Double($0) / 1000 }
    #expect(throws: InputError.self) {
      try Self.run(wide, from: [Double](repeating: 0, count: 100_000), at: depths)
    }
  }

  private static let jumping = NoisyField(
    field: BlockwiseField(
      blocks: [1, 2, 3, 4].map { LinearDecayField(rates: [$0]) }, blockSize: 0.25), noise: 0.1)

  @Test func stepsMustEndAtJumps() throws {
    #expect(throws: InputError.self) { try Self.run(Self.jumping, from: [1], blocks: 6) }
    // four blocks: half of them would step over jumps, so there is no estimate; eight have one
    #expect(try Self.run(Self.jumping, from: [1], blocks: 4).stepError == nil)
    #expect(try Self.run(Self.jumping, from: [1], blocks: 8).stepError != nil)
  }

  @Test func interruptionEndsTheWork() {
    let polls = Atomic<Int>(0)
    #expect(throws: SimulationInterrupted.self) {
      try EnsembleSimulation(paths: 1_000_000_000, blocks: 1000).run(
        DiffusionProblem(diffusion: Self.ou, initialState: [1], end: 1), saving: [1],
        shouldStop: { polls.wrappingAdd(1, ordering: .relaxed).newValue > 20 })
    }
  }
}
