import DepthRuns
import Foundation
import Testing

/// The command as a user meets it: arguments in, stdout, stderr and exit code out.
@Suite struct CommandTests {
  struct Output {
    let code: Int32
    let out: String
    let error: String

    /// The `--json` object.
    func json() throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any])
    }
  }

  /// The built executable stands beside the test bundle.
  private static func process(_ arguments: [String]) throws -> Process {
    let bundle = try #require(CommandLine.arguments.first { $0.contains(".xctest") })
    var folder = URL(fileURLWithPath: bundle)
    while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
    let process = Process()
    process.executableURL = folder.appendingPathComponent("depth")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// The command at work, for the test to end; what it prints is lost.
  static func start(_ arguments: [String]) throws -> Process {
    let process = try process(arguments)
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    return process
  }

  static func depth(_ arguments: [String]) throws -> Output {
    let process = try process(arguments)
    let stem = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)")
    let (out, error) = (stem.appendingPathExtension("out"), stem.appendingPathExtension("err"))
    for file in [out, error] { try Data().write(to: file) }
    defer { for file in [out, error] { try? FileManager.default.removeItem(at: file) } }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: error)
    try process.run()
    process.waitUntilExit()
    return Output(
      code: process.terminationStatus, out: String(decoding: try Data(contentsOf: out), as: UTF8.self),
      error: String(decoding: try Data(contentsOf: error), as: UTF8.self))
  }

  private static func scratch(_ name: String) -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)-\(name)")
  }

  @Test func boundaryGivesTheClosedForm() throws {
    let json = try Self.depth([
      "boundary", "--problem", "ou-contraction", "--set", "a=1", "--set", "s=0.5", "--set", "c=0.1", "--at", "1",
      "--json",
    ]).json()
    let results = try #require(json["results"] as? [String: Any])
    let boundary = try #require(results["boundary"] as? [String: Any])
    #expect(abs(try #require(boundary["radius"] as? Double) - 0.134161134098) < 1e-12)
    #expect(boundary["error_bound_kind"] as? String == "certified" && boundary["shape"] as? String == "points")
    #expect(try #require(boundary["error_bound"] as? Double) < 1e-10)
    let value = try #require((results["value"] as? [[String: Any]])?.first)
    #expect(value["at"] as? Double == 1 && value["error_bound"] is Double)
    for key in ["command", "version", "configuration", "status", "results", "diagnostics", "warnings"] {
      #expect(json[key] != nil, "\(key)")
    }
    #expect((json["diagnostics"] as? [String: Any])?["seconds"] is Double)
  }

  @Test func integrateMeetsItsTolerance() throws {
    for integrator in ["auto", "cvode-adams", "cvode-bdf", "erk-dormand-prince"] {
      let json = try Self.depth([
        "integrate", "--problem", "flow-decay", "--integrator", integrator, "--horizon", "1", "--relative-tolerance",
        "1e-9", "--absolute-tolerance", "1e-11", "--json",
      ]).json()
      let states = try #require((json["results"] as? [String: Any])?["states"] as? [[Double]])
      #expect(abs(states[0][0] - exp(-1.0)) < 2e-9 * exp(-1.0), "\(integrator)")
    }
  }

  @Test func trainTheoryAndCompareShareARunFolder() throws {
    let folder = Self.scratch("run")
    defer { try? FileManager.default.removeItem(at: folder) }
    let trained = try Self.depth([
      "train", "--data", "digits", "--network", "tanh-mlp", "--blocks", "6", "--epochs", "8", "--output", folder.path,
      "--json", "--quiet",
    ])
    #expect(trained.code == 0 && trained.error.isEmpty)
    let results = try #require(try trained.json()["results"] as? [String: Any])
    #expect((results["test_accuracy_per_block"] as? [Double])?.count == 7)
    // another training into the same folder is refused and leaves it as it was
    let other = try Self.depth([
      "train", "--data", "digits", "--network", "tanh-mlp", "--blocks", "5", "--epochs", "8", "--output", folder.path,
    ])
    #expect(other.code == 65 && other.error.contains("another configuration"))
    let theory = try Self.depth(["theory", "--run", folder.path, "--running-cost", "0.01", "--json"])
    let verdicts = try #require((try theory.json()["results"] as? [String: Any])?["verdicts"] as? [String: String])
    #expect(Set(verdicts.keys) == ["T1", "T2", "T3"])
    let compared = try Self.depth([
      "compare", "--paths", folder.path + "/paths.npz", "--running-cost", "0.01", "--json",
    ])
    let rules = try #require((try compared.json()["results"] as? [String: Any])?["rules"] as? [[String: Any]])
    #expect(rules.contains { $0["name"] as? String == "backward-induction" })
    #expect(rules.contains { $0["name"] as? String == "theory-boundary-diffusion" })
    #expect(rules.allSatisfy { $0["operations"] is Double && $0["difference_from_baseline"] is [String: Any] })
    let oracle = try #require(rules.first { $0["name"] as? String == "oracle" })
    #expect(oracle["achievable"] as? Bool == false)
    let integrated = try Self.depth(["integrate", "--problem", "run:" + folder.path, "--json"])
    #expect(integrated.code == 0)
    let stranger = try Self.depth(["integrate", "--problem", "run:" + folder.path, "--set", "stage=1"])
    #expect(stranger.code == 64 && stranger.error.contains("stage"))
    let manifest = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appendingPathComponent("manifest.json")))
    #expect((manifest as? [String: Any])?["configuration_hash"] is String)
  }

  /// A command line without sense, and the exit code it deserves.
  struct Nonsense: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    let code: Int32
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: String..., code: Int32) {
      self.arguments = arguments
      self.code = code
    }
  }

  static let nonsense: [Nonsense] = [
    Nonsense("boundary", "--problem", "ou-contractoin", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--set", "q=1", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--set", "c=-1", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--set", "c=nan", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--set", "c", code: 64),
    Nonsense("boundary", code: 64),
    Nonsense("nonsense", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--method", "characteristics", code: 64),
    Nonsense("boundary", "--problem", "sequential-test", "--at", "2", code: 64),
    Nonsense("boundary", "--problem", "chain", "--transition", "/no/P.npy", "--stopping-loss", "/no/g.npy", code: 65),
    Nonsense("boundary", "--problem", "ou-contraction", "--output", "/dev/null/run", code: 65),
    Nonsense("boundary", "--problem", "ou-contraction", "--config", "/no/file.toml", code: 65),
    Nonsense("integrate", "--problem", "flow-decay", "--horizon", "-1", code: 64),
    Nonsense("integrate", "--problem", "flow-decay", "--relative-tolerance", "1e-20", code: 64),
    Nonsense("integrate", "--problem", "flow-decay", "--initial", "1,2", code: 64),
    Nonsense("integrate", "--problem", "tanh-residual", "--weights", "/no/prefix", code: 65),
    Nonsense("integrate", "--problem", "run:/no/run", code: 65),
    Nonsense("limit", "--problem", "flow-decay", "--blocks", "8", code: 64),
    Nonsense("limit", "--problem", "flow-decay", "--experiment", "resnets", code: 64),
    Nonsense("limit", "--problem", "flow-decay", "--experiment", "all", "--plot", "-", code: 64),
    Nonsense("limit", "--problem", "flow-decay", "--integrator", "euler", code: 64),
    Nonsense("limit", "--problem", "flow-decay", "--accuracy", "0", code: 64),
    Nonsense("limit", "--problem", "flow-decay", "--experiment", "lyapunov", "--transient", "-1", code: 64),
    Nonsense("limit", "--problem", "flow-decay", "--experiment", "lyapunov", "--exponents", "2", code: 64),
    Nonsense("limit", "--problem", "flow-decay", "--initial", "/no/states.npy", code: 65),
    Nonsense("train", "--data", "nothing", code: 64),
    Nonsense("train", "--running-cost", "-1", code: 64),
    Nonsense("train", "--blocks", "0", code: 64),
    Nonsense("train", "--depth-regularizer", "softstop", code: 64),
    Nonsense("train", "--network", "transformr", code: 64),
    Nonsense("train", "--optimizer", "adam", code: 64),
    Nonsense("train", "--precision", "float16", code: 64),
    Nonsense("train", "--distillation", "2", code: 64),
    Nonsense("train", "--state-dimension", "1", code: 64),
    Nonsense("train", "--network", "residual-cnn", "--data", "fashion-mnist", "--width", "7", code: 64),
    Nonsense("train", "--optimizer", "adamw", "--momentum", "0.9", code: 64),
    Nonsense("train", "--schedule", "one-cycle", "--warm-up", "0.1", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--stopping-law", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--estimate", code: 64),
    Nonsense("theory", code: 64),
    Nonsense("theory", "--run", "/no/run", code: 65),
    Nonsense("theory", "--paths", "/no/file.npz", "--running-cost", "1", code: 65),
    Nonsense("compare", "--paths", "/etc/hostname", "--running-cost", "1", code: 65),
    Nonsense("compare", "--run", "/no/run", "--paths", "/no/paths.npz", code: 64),
    Nonsense("compare", "--run", "/no/a", "--run", "/no/a", code: 64),
    Nonsense("compare", "--run", "/no/a", "--picture", "none", code: 64),
    Nonsense("infer", code: 64),
    Nonsense("infer", "--run", "/no/run", code: 65),
    Nonsense("infer", "--run", "/no/run", "--seed", "1", code: 64),
    Nonsense("infer", "--run", "/no/run", "--set", "q=1", code: 64),
    Nonsense("infer", "--run", "/no/run", "--data", "nothing", code: 64),
    Nonsense("figures", "/no/run", code: 65),
    Nonsense("data", "fetch", "nothing", code: 64),
    Nonsense("boundary", "--problem", "flow-decay", "--plot", "x.xyz", code: 64),
    Nonsense("boundary", "--problem", "flow-decay", "--threads", "0", code: 64),
    Nonsense("boundary", "--problem", "flow-decay", "--output", "", code: 64),
    Nonsense("boundary", "--problem", "flow-decay", "--tolerance", "inf", code: 64),
    Nonsense("boundary", "--problem", "chain", code: 64),
    Nonsense(
      "boundary", "--problem", "custom", "--drift=-x", "--diffusion", "1", "--stopping-loss", "log(x)",
      "--running-cost", "1", code: 64),
    Nonsense(
      "boundary", "--problem", "custom", "--drift=-x", "--diffusion=-1", "--stopping-loss", "x^2", "--running-cost",
      "1", code: 64),
    Nonsense("boundary", "--problem", "ou-contraction", "--block-size", "1e-300", "--at", "1", code: 1),
    Nonsense("theory", "--problem", "ou-contraction", "--set", "dimension=1e15", code: 64),
    Nonsense("integrate", "--problem", "flow-decay", "--event", "state-norm=-0.5", code: 64),
    Nonsense("train", "--blocks", "10000", "--width", "8192", "--state-dimension", "8192", code: 64),
  ]

  @Test(arguments: nonsense)
  func nonsenseGivesOneLine(nonsense: Nonsense) throws {
    let output = try Self.depth(nonsense.arguments)
    #expect(output.code == nonsense.code, "\(output.error)")
    #expect(output.out.isEmpty && output.error.hasPrefix("depth: "))
    #expect(output.error.split(separator: "\n").count == 1, "\(output.error)")
  }

  @Test func configurationFilesAreOverriddenByFlagsAndRefuseUnknownKeys() throws {
    let file = Self.scratch("options.toml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("problem = \"flow-decay\"\n[set]\na = 4\nc = 1\n".utf8).write(to: file)
    let fromFile = try Self.depth(["boundary", "--config", file.path, "--json"]).json()
    let fileUpper = try #require(
      ((fromFile["results"] as? [String: Any])?["boundary"] as? [String: Any])?["upper"] as? Double)
    #expect(abs(fileUpper - 0.5) < 1e-12)
    let flag = try Self.depth(["boundary", "--config", file.path, "--set", "a=1", "--json"]).json()
    let upper = try #require(((flag["results"] as? [String: Any])?["boundary"] as? [String: Any])?["upper"] as? Double)
    #expect(abs(upper - 1) < 1e-12)
    try Data("problm = \"flow-decay\"\n".utf8).write(to: file)
    let refused = try Self.depth(["boundary", "--config", file.path])
    #expect(refused.code == 65 && refused.error.contains("did you mean problem"))
    try Data("problem = \n".utf8).write(to: file)
    #expect(try Self.depth(["boundary", "--config", file.path]).error.contains(":1:"))
  }

  @Test func missedTolerancesExitWithThree() throws {
    let arguments = [
      "boundary", "--problem", "ou-contraction", "--method", "policy-iteration", "--tolerance", "1e-12",
    ]
    #expect(try Self.depth(arguments).code == 3)
    #expect(try Self.depth(arguments + ["--allow-unconverged"]).code == 0)
  }

  @Test func chainsComeFromFiles() throws {
    let (p, g) = (Self.scratch("P.npy"), Self.scratch("g.npy"))
    defer { for file in [p, g] { try? FileManager.default.removeItem(at: file) } }
    try AtomicFile.write(NumericArray(shape: [2, 2], values: [0.5, 0.5, 0, 1]).npy, to: p)
    try AtomicFile.write(NumericArray([1, 0]).npy, to: g)
    let files = [
      "--problem", "chain", "--transition", p.path, "--stopping-loss", g.path, "--running-cost", "0.1", "--json",
    ]
    let solved = try Self.depth(["boundary"] + files).json()
    let value = try #require(((solved["results"] as? [String: Any])?["value"] as? [[String: Any]])?.first)
    // continue from state 0: V = c + V/2, so V = 0.2 and E tau = 2
    #expect(abs(try #require(value["value"] as? Double) - 0.2) < 1e-14)
    let theory = try Self.depth(["theory"] + files).json()
    let verdicts = (theory["results"] as? [String: Any])?["verdicts"] as? [String: String]
    #expect(verdicts == ["T1": "holds", "T2": "hypotheses-not-met", "T3": "hypotheses-not-met"])
  }
}
