import DepthRuns
import Foundation
import Testing

/// What `depth integrate`, `gradient` and `simulate` promise beside their numbers: status, records, refusals, warnings.
@Suite struct IntegrationContractTests {
  private struct Scratch {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)")

    init() throws { try AtomicFile.makeFolder(url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
    func write(_ name: String, shape: [Int], _ values: [Double]) throws -> String {
      try AtomicFile.write(NumericArray(shape: shape, values: values).npy, to: url.appendingPathComponent(name))
      return path(name)
    }
    func remove() { try? FileManager.default.removeItem(at: url) }
  }

  private static func object(_ arguments: [String], code: Int32 = 0) throws -> [String: Any] {
    let output = try CommandTests.depth(arguments + ["--json", "--quiet"])
    #expect(output.code == code, "\(arguments): \(output.error)")
    return try output.json()
  }

  private static func results(_ object: [String: Any]) throws -> [String: Any] {
    try #require(object["results"] as? [String: Any])
  }

  private static func warnings(_ object: [String: Any]) throws -> String {
    try #require(object["warnings"] as? [String]).joined(separator: "\n")
  }

  // MARK: missed tolerances

  @Test func aMissedToleranceExitsWithThree() throws {
    // errors grow like exp(0.9 t): no tolerance of 1e-8 holds at depth 20
    let lorenz = ["integrate", "--problem", "lorenz", "--horizon", "20"]
    let missed = try Self.object(lorenz, code: 3)
    #expect(missed["status"] as? String == "unconverged")
    #expect(try Self.warnings(missed).contains("missed tolerance"))
    #expect(try Self.object(lorenz + ["--allow-unconverged"])["status"] as? String == "unconverged")
    #expect(try Self.object(lorenz + ["--no-error-estimate"])["status"] as? String == "converged")
    let gradient = try Self.object(["gradient", "--problem", "lorenz", "--horizon", "20"], code: 3)
    #expect(gradient["status"] as? String == "unconverged")
    // fixed steps ask for no tolerance
    _ = try Self.object(["integrate", "--problem", "spiral", "--integrator", "euler", "--blocks", "5000"])
  }

  @Test func adamsHeldByStabilityIsFoundOutByAnotherMethod() throws {
    let arguments = [
      "integrate", "--problem", "robertson", "--horizon", "10", "--absolute-tolerance", "1e-8,1e-14,1e-6",
      "--integrator",
    ]
    // its own error control does not see the errors of steps that stability holds: without an estimate nothing is known
    let blind = try Self.object(arguments + ["cvode-adams", "--no-error-estimate"], code: 3)
    #expect(try Self.warnings(blind).contains("held by stability"))
    let adams = try Self.object(arguments + ["cvode-adams"])
    let reference = try Self.object([
      "integrate", "--problem", "robertson", "--horizon", "10", "--integrator", "cvode-bdf", "--relative-tolerance",
      "1e-12", "--absolute-tolerance", "1e-12,1e-18,1e-10", "--no-error-estimate",
    ])
    func state(_ object: [String: Any]) throws -> [Double] {
      try #require((try Self.results(object)["states"] as? [[Double]])?.last)
    }
    let error = zip(try state(adams), try state(reference)).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
    #expect(try #require(Self.results(adams)["error_bound"] as? Double) > 0.5 * error, "\(error)")
  }

  // MARK: records

  @Test func aRunFoldersConfigurationRepeatsTheRun() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let states = try scratch.write("states.npy", shape: [3, 2], [2, 0, 1, 1, 0.5, 0.1])
    let targets = try scratch.write("targets.npy", shape: [3, 2], [0, 0, 1, 0, 0, 1])
    let runs: [[String]] = [
      [
        "integrate", "--problem", "flow-decay", "--set", "a=0.7", "--integrator", "rk4", "--blocks", "20", "--seed",
        "3",
      ],
      [
        "integrate", "--problem", "flow-decay", "--horizon", "5", "--event", "state-norm=0.3", "--integrator",
        "cvode-bdf", "--linear-solver", "banded:0,0", "--no-error-estimate", "--threads", "1",
      ],
      ["integrate", "--problem", "spiral", "--initial", states, "--step-control", "per-sample", "--points", "3"],
      ["integrate", "--problem", "spiral", "--initial", states, "--event", "state-norm=0.9", "--points", "3"],
      [
        "integrate", "--problem", "spiral", "--horizon", "0.1", "--imbedding", "--segments", "2", "--order", "20",
        "--target", "1,1",
      ],
      ["gradient", "--problem", "spiral", "--initial", states, "--target", targets, "--horizon", "2", "--memory", "3"],
      [
        "gradient", "--problem", "custom", "--drift", "y", "--drift", "-k*x - b*y", "--set", "k=4", "--set", "b=1",
        "--initial", "1,0",
      ],
      [
        "simulate", "--problem", "ou-contraction", "--set", "s=0.3", "--paths", "300", "--blocks", "16", "--seed",
        "18446744073709551615", "--points", "4",
      ],
    ]
    for run in runs {
      let first = try Self.object(run + ["--output", scratch.path("run")])
      let again = try Self.object([run[0], "--config", scratch.path("run"), "--output", scratch.path("again")])
      let file = scratch.path("run/configuration.json")
      let fromFile = try Self.object([run[0], "--config", file, "--output", scratch.path("again")])
      for key in ["configuration", "status", "warnings"] {
        #expect((first[key] as? NSObject) == (again[key] as? NSObject), "\(run): \(key)")
      }
      for other in [again, fromFile] {
        let results = try [first, other].map { object -> NSDictionary in
          // the folder that holds the paths is another one
          try Self.results(object).filter { $0.key != "paths" } as NSDictionary
        }
        #expect(results[0] == results[1], "\(run)")
      }
      try FileManager.default.removeItem(atPath: scratch.path("run"))
    }
  }

  @Test func recordsAreCompleteAndFlagsOverrideThemByName() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let states = try scratch.write("states.npy", shape: [9, 1], (1...9).map(Double.init))
    let arguments = ["integrate", "--problem", "flow-decay", "--initial", states, "--output", scratch.path("run")]
    let record = try #require(try Self.object(arguments)["configuration"] as? [String: Any])
    #expect(record["initial"] as? String == states && record["initial_rows"] as? Int == 9)
    #expect(record["parameters"] as? [String: Double] == ["decay_rate": 1])
    #expect(record["linear_solver"] as? String == "dense" && record["error_estimate"] as? Bool == true)
    #expect(record["seed"] as? Int == 0 && record["threads"] as? Int != nil)
    // by its alias, although the record has the name
    let other = try Self.object(["integrate", "--config", scratch.path("run"), "--set", "a=2"])
    #expect((other["configuration"] as? [String: Any])?["parameters"] as? [String: Double] == ["decay_rate": 2])
    _ = try scratch.write("states.npy", shape: [2, 1], [1, 2])
    let shrunk = try CommandTests.depth(["integrate", "--config", scratch.path("run")])
    #expect(shrunk.code == 65 && shrunk.error.contains("recorded with 9"))
  }

  // MARK: events

  @Test func anEventBeforeTheFirstDepthLeavesItsOwnRow() throws {
    let found = try Self.object([
      "integrate", "--problem", "flow-decay", "--horizon", "5", "--event", "state-norm=0.25", "--at-depth", "4",
    ])
    let results = try Self.results(found)
    let depth = try #require((results["depths"] as? [Double])?.first)
    #expect(abs(depth - log(4)) < 1e-8)
    let state = try #require((results["states"] as? [[Double]])?.first?.first)
    #expect(abs(state - 0.25) < 1e-9)
    #expect(try Self.warnings(found).contains("before the first depth asked for"))
  }

  @Test func aBatchWithEventsHasABlockOfRowsADepth() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let states = try scratch.write("states.npy", shape: [9, 1], (1...9).map(Double.init))
    let halted = try Self.object([
      "integrate", "--problem", "flow-decay", "--initial", states, "--horizon", "3", "--points", "4", "--event",
      "component-0=2,falling", "--event", "component-0=1.5,note",
    ])
    let results = try Self.results(halted)
    #expect(results["depths"] as? [Double] == [0, 1, 2, 3])
    let blocks = try #require(results["states"] as? [[Any]])
    #expect(blocks.count == 4 && blocks.allSatisfy { $0.count == 9 })
    // 9 e^-1 > 2 > 9 e^-2; from 2 the event is at the start and does not count
    #expect((blocks[1][8] as? [Double]).map { abs($0[0] - 9 * exp(-1)) < 1e-7 } == true)
    #expect(blocks[2][8] is NSNull && blocks[3][0] is [Double])
    #expect((results["integrators"] as? [String])?.count == 9)
    let notes = try #require(results["events"] as? [[String: Any]]).filter { $0["sample"] as? Int == 1 }
    #expect(abs(try #require(notes.first?["depth"] as? Double) - log(4 / 3)) < 1e-7)
    #expect(try #require(results["error_bound"] as? Double) < 1e-6)
    #expect(try Self.warnings(halted).contains("null"))
  }

  // MARK: overflow, stiffness, one path

  @Test func anOverflowingGradientIsANamedFailure() throws {
    let output = try CommandTests.depth([
      "gradient", "--problem", "custom", "--drift", "700*x", "--initial", "1e5", "--horizon", "0.9", "--json",
    ])
    #expect(output.code == 1 && output.out.isEmpty && output.error.contains("the loss overflows"))
  }

  @Test func aReplacedAdjointIsSaid() throws {
    let stiff = try Self.object(["gradient", "--problem", "van-der-pol", "--horizon", "20"])
    #expect(try Self.warnings(stiff).contains("took the place of the discrete adjoint"))
  }

  @Test func onePathHasNoStandardError() throws {
    let one = try Self.object(["simulate", "--problem", "ou-contraction", "--paths", "1"])
    let results = try Self.results(one)
    for key in ["standard_error", "variance", "covariance"] { #expect(results[key] is NSNull, "\(key)") }
    #expect(results["mean"] is [[Double]])
    #expect(try Self.warnings(one).contains("one path"))
  }

  // MARK: refusals

  @Test(arguments: [
    ["integrate", "--problem", "spiral", "--segments", "3"], ["integrate", "--problem", "spiral", "--order", "10"],
    ["integrate", "--problem", "spiral", "--target", "1,2"], ["integrate", "--problem", "spiral", "--blocks", "10"],
    ["integrate", "--problem", "spiral", "--integrator", "euler", "--blocks", "10,20"],
    ["integrate", "--problem", "spiral", "--weights", "w"],
    ["integrate", "--problem", "spiral", "--integrator", "dop853", "--linear-solver", "dense"],
    ["integrate", "--problem", "spiral", "--integrator", "euler", "--imbedding"],
    ["integrate", "--problem", "spiral", "--set", "foo=1"], ["integrate", "--problem", "spiral", "--points", "1e12"],
    ["integrate", "--problem", "spiral", "--points", "-3"], ["integrate", "--problem", "spiral", "--plot", "x.png"],
    ["integrate", "--problem", "spiral", "--points", "5", "--plot", "x.gif"],
    ["gradient", "--problem", "spiral", "--linear-solver", "dense", "--adjoint", "cvodes"],
    ["gradient", "--problem", "spiral", "--step-control", "per-sample"],
    ["gradient", "--problem", "spiral", "--plot", "x.png"],
    ["gradient", "--problem", "spiral", "--memory", "3", "--adjoint", "forward"],
    ["simulate", "--problem", "ou-contraction", "--keep-paths=-1"],
    ["simulate", "--problem", "ou-contraction", "--paths", "1e11", "--output", "x"],
    ["simulate", "--problem", "ou-contraction", "--points", "1e12"], ["problems", "lorens"],
  ]) func whatWouldBeIgnoredIsRefused(arguments: [String]) throws {
    let output = try CommandTests.depth(arguments)
    #expect(output.code == 64 && output.out.isEmpty, "\(output.error)")
    #expect(output.error.hasPrefix("depth: ") && output.error.split(separator: "\n").count == 1, "\(output.error)")
  }

  @Test func filesOfTheWrongShapeAreRefused() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let states = try scratch.write("states.npy", shape: [3, 2], [2, 0, 1, 1, 0.5, 0.1])
    let transposed = try scratch.write("targets.npy", shape: [2, 3], [0, 0, 0, 0, 0, 0])
    let target = try CommandTests.depth([
      "gradient", "--problem", "spiral", "--initial", states, "--target", transposed, "--horizon", "1",
    ])
    #expect(target.code == 65 && target.error.contains("[3, 2]"))
    let imbedding = try CommandTests.depth(["integrate", "--problem", "spiral", "--imbedding", "--initial", states])
    #expect(imbedding.code == 64 && imbedding.error.contains("3 rows"))
  }

  @Test func aPictureThatCannotBeWrittenIsRefusedBeforeAnyWork() throws {
    let arguments = ["integrate", "--problem", "spiral", "--points", "5", "--plot", "/no/folder/x.png"]
    let output = try CommandTests.depth(arguments)
    #expect(output.code == 65 && output.out.isEmpty && output.error.contains("/no/folder"))
  }

  // MARK: the catalogue

  @Test func theCatalogueHoldsFieldsAndDiffusions() throws {
    let problems = try #require(
      Self.results(try CommandTests.depth(["problems", "--json"]).json())["problems"] as? [[String: Any]])
    for (name, role) in [
      ("spiral", "field"), ("lorenz", "field"), ("run:FOLDER", "field"), ("ou-contraction", "diffusion"),
      ("ou-contraction", "stopping-problem"), ("chain", "stopping-problem"),
    ] {
      #expect(problems.contains { $0["name"] as? String == name && $0["role"] as? String == role }, "\(name)")
    }
    for problem in problems {
      for key in ["kind", "parameters", "methods", "formula", "citation", "reference"] {
        #expect(problem[key] != nil, "\(problem["name"] ?? ""): \(key)")
      }
      for parameter in try #require(problem["parameters"] as? [[String: Any]]) {
        for key in ["name", "alias", "default", "unit", "allowed"] { #expect(parameter[key] != nil) }
      }
    }
    let one = try CommandTests.depth(["problems", "lorenz"])
    #expect(one.code == 0 && one.out.contains("Lorenz, J. Atmos. Sci. 20 (1963)"))
  }
}
