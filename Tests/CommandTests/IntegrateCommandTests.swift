import DepthRuns
import Foundation
import Testing

/// `depth integrate` and `depth gradient` as a user meets them.
@Suite struct IntegrateCommandTests {
  private static func results(_ arguments: [String]) throws -> [String: Any] {
    let output = try CommandTests.depth(arguments + ["--json", "--quiet"])
    #expect(output.code == 0, "\(output.error)")
    return try #require(try output.json()["results"] as? [String: Any])
  }

  private static func file(_ name: String, _ array: NumericArray) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)-\(name).npy")
    try AtomicFile.write(array.npy, to: url)
    return url
  }

  @Test func everyIntegratorStatesAnErrorBoundThatHolds() throws {
    for name in [
      "auto", "euler", "heun", "rk4", "dormand-prince", "dop853", "erk-cash-karp", "erk-dormand-prince", "erk-verner",
      "erk-fehlberg", "ark-implicit", "cvode-adams", "cvode-bdf", "taylor",
    ] {
      let results = try Self.results([
        "integrate", "--problem", "flow-decay", "--set", "a=0.7", "--horizon", "2", "--integrator", name,
        "--relative-tolerance", "1e-7", "--absolute-tolerance", "1e-9",
      ])
      let state = try #require((results["states"] as? [[Double]])?.last?.first)
      let bound = try #require(results["error_bound"] as? Double)
      #expect(abs(state - exp(-1.4)) <= 2 * bound, "\(name): \(abs(state - exp(-1.4))) against \(bound)")
      #expect(bound < (["euler": 0.01, "heun": 1e-4][name] ?? 1e-6), "\(name)")
      #expect(results["error_bound_kind"] as? String == "estimate")
    }
  }

  @Test func autoSaysWhichAndWhy() throws {
    let smooth = try Self.results(["integrate", "--problem", "spiral", "--horizon", "5"])
    #expect(smooth["integrator"] as? String == "dop853")
    let stiff = try Self.results(["integrate", "--problem", "van-der-pol", "--horizon", "100"])
    #expect(stiff["integrator"] as? String == "cvode-bdf")
    #expect((stiff["integrator_reason"] as? String)?.hasPrefix("stiff") == true)
  }

  @Test func batchesAndTheirEvents() throws {
    let states = try Self.file("states", NumericArray(shape: [9, 1], values: (1...9).map(Double.init)))
    defer { try? FileManager.default.removeItem(at: states) }
    let arguments = ["integrate", "--problem", "flow-decay", "--initial", states.path, "--horizon", "3"]
    for extra in [[], ["--step-control", "per-sample"], ["--integrator", "cvode-adams"], ["--integrator", "rk4"]] {
      let results = try Self.results(arguments + extra)
      let rows = try #require((results["states"] as? [[[Double]]])?.last)
      for (index, row) in rows.enumerated() { #expect(abs(row[0] - Double(index + 1) * exp(-3)) < 1e-6, "\(extra)") }
    }
    // h_0 e^-t meets 2 at ln(h_0/2): not for the first two samples
    let halted = try Self.results(arguments + ["--event", "component-0=2,falling"])
    let depths = try #require(halted["event_depths"] as? [Any])
    #expect(depths[0] is NSNull)
    #expect(abs(try #require(depths[8] as? Double) - log(4.5)) < 1e-8)
  }

  @Test func customFieldsAndNotedEvents() throws {
    let results = try Self.results([
      "integrate", "--problem", "custom", "--drift", "y", "--drift", "-k*x", "--set", "k=4", "--initial", "1,0",
      "--horizon", "3", "--event", "component-0=0,note", "--event", "component-1=0,rising",
    ])
    // cos 2t vanishes at pi/4, and its derivative rises through zero at pi/2
    let events = try #require(results["events"] as? [[String: Any]])
    let first = try #require(events.first?["depth"] as? Double)
    #expect(events.count == 2 && abs(first - .pi / 4) < 1e-8)
    let last = try #require(results["event"] as? [String: Any])
    #expect(abs(try #require(last["depth"] as? Double) - .pi / 2) < 1e-8)
    // d/dk of pi / sqrt(k)
    let gradient = try #require(last["gradient_parameters"] as? [Double])
    #expect(abs(gradient[0] + .pi / 16) < 1e-6)
  }

  @Test func haltingBoundariesComeFromTables() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    try AtomicFile.write("depth,boundary\n0,0.25\n1,0.25\n2,0.25\n", to: file)
    let results = try Self.results([
      "integrate", "--problem", "flow-decay", "--horizon", "2", "--event", "boundary=\(file.path)",
    ])
    let event = try #require(results["event"] as? [String: Any])
    #expect(abs(try #require(event["depth"] as? Double) - log(4)) < 1e-8)
    #expect(abs(try #require((event["gradient"] as? [Double])?.first) - 1) < 1e-6)
  }

  @Test func imbeddingAnswersAtEveryDepth() throws {
    let results = try Self.results([
      "integrate", "--problem", "flow-decay", "--horizon", "1", "--imbedding", "--at-depth", "0", "--at-depth", "0.5",
    ])
    // z(1; p, 1) = e^(p - 1), a row a depth
    #expect(results["depths"] as? [Double] == [0, 0.5] && results["event"] is NSNull)
    let states = try #require(results["states"] as? [[Double]])
    #expect(abs(states[0][0] - exp(-1)) < 1e-7 && abs(states[1][0] - exp(-0.5)) < 1e-7)
    #expect((results["statistics"] as? [String: Any])?["steps"] as? Double ?? 0 > 0)
  }

  @Test func theThreeAdjointsAgreeWithTheClosedForm() throws {
    // L = (h0 e^-aT - y)^2/2
    let end: Double = 1.3 * exp(-0.7)
    for adjoint in ["discrete", "cvodes", "forward"] {
      let results = try Self.results([
        "gradient", "--problem", "flow-decay", "--set", "a=0.7", "--initial", "1.3", "--horizon", "1", "--target",
        "0.2", "--adjoint", adjoint, "--relative-tolerance", "1e-9", "--absolute-tolerance", "1e-11",
      ])
      #expect(abs(try #require(results["loss"] as? Double) - 0.5 * (end - 0.2) * (end - 0.2)) < 1e-8, "\(adjoint)")
      let rate: Double = try #require((results["gradient_parameters"] as? [Double])?.first)
      let initial: Double = try #require((results["gradient_initial"] as? [Double])?.first)
      #expect(abs(rate + (end - 0.2) * end) < 1e-8, "\(adjoint)")
      #expect(abs(initial - (end - 0.2) * exp(-0.7)) < 1e-8, "\(adjoint)")
      #expect(try #require(results["error_estimate"] as? Double) < 1e-7, "\(adjoint)")
    }
    // blocks are differentiated exactly: dL/dh0 = (h_L - y)(1 - a/L)^L
    let network = try Self.results([
      "gradient", "--problem", "flow-decay", "--set", "a=0.7", "--horizon", "1", "--integrator", "euler", "--blocks",
      "10",
    ])
    let factor: Double = pow(0.93, 10.0)
    let gradient: Double = try #require((network["gradient_initial"] as? [Double])?.first)
    #expect(abs(gradient - factor * factor) < 1e-14)
  }

  @Test(arguments: [
    ["integrate", "--problem", "custom", "--initial", "1"],
    ["integrate", "--problem", "custom", "--drift", "x +* 2", "--initial", "1"],
    ["integrate", "--problem", "spiral", "--drift", "x"],
    ["integrate", "--problem", "spiral", "--integrator", "rk45"],
    ["integrate", "--problem", "spiral", "--linear-solver", "krylov", "--integrator", "dop853"],
    ["integrate", "--problem", "spiral", "--linear-solver", "banded:1", "--integrator", "cvode-bdf"],
    ["integrate", "--problem", "spiral", "--absolute-tolerance", "1e-8,1e-8,1e-8"],
    ["integrate", "--problem", "spiral", "--absolute-tolerance", "0"],
    ["integrate", "--problem", "spiral", "--event", "component-2=0"],
    ["integrate", "--problem", "spiral", "--event", "nothing"],
    ["integrate", "--problem", "spiral", "--repeat", "0"],
    ["integrate", "--problem", "spiral", "--step-control", "none"],
    ["integrate", "--problem", "spiral", "--blocks", "1.5", "--integrator", "euler"],
    ["integrate", "--problem", "spiral", "--imbedding", "--points", "3"],
    ["integrate", "--problem", "gradient-flow", "--initial", "1"],
    ["gradient", "--problem", "spiral", "--adjoint", "magic"],
    ["gradient", "--problem", "spiral", "--integrator", "erk-verner"],
    ["gradient", "--problem", "spiral", "--target", "1,2,3"],
    ["gradient", "--problem", "spiral", "--memory", "0"],
    ["limit", "--experiment", "scaling", "--samples", "1"],
  ]) func nonsenseGivesOneLine(arguments: [String]) throws {
    let output = try CommandTests.depth(arguments)
    #expect(output.code == 64, "\(output.error)")
    #expect(output.error.hasPrefix("depth: ") && output.error.split(separator: "\n").count == 1, "\(output.error)")
  }
}
