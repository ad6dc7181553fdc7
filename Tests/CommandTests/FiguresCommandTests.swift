import Foundation
import Testing

/// `depth figures` on folders as sweeps leave them.
@Suite struct FiguresCommandTests {
  /// A sweep over two costs and two noises, three replicates, one task failed.
  private static func sweep() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let plan = """
      {"format": 1, "command": "boundary", "seed": 1, "fixed": {"problem": "ou-contraction"},
       "axes": [{"keys": ["s"], "rows": [[0.5], [1]]}, {"keys": ["c"], "rows": [[0.1], [1]]}], "replicates": 3}
      """
    try Data(plan.utf8).write(to: folder.appendingPathComponent("plan.json"))
    var rows = ["noise,running_cost,replicate,seed,boundary.radius,value.0.value,reason,status,seconds"]
    for noise in ["0.5", "1"] {
      for cost in ["0.1", "1"] {
        for replicate in 0..<3 {
          let failed = noise == "1" && cost == "1" && replicate == 2
          rows.append(
            "\(noise),\(cost),\(replicate),\(rows.count),"
              + (failed ? ",,no answer,failed,0.1" : "\(replicate + 1),\(replicate + 2),,converged,0.1"))
        }
      }
    }
    try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: folder.appendingPathComponent("results.csv"))
    return folder
  }

  @Test func aPictureComesWithItsTable() throws {
    let folder = try Self.sweep()
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = try CommandTests.depth([
      "figures", folder.path, "--x", "c", "--y", "boundary", "--by", "s", "--log", "x,y", "--json",
    ])
    let json = try output.json()
    let figures = try #require((json["results"] as? [String: Any])?["figures"] as? [[String: String]])
    #expect(figures.count == 1 && output.code == 0)
    #expect(figures[0]["file"] == folder.path + "/boundary-against-running-cost.png")
    #expect(json["warnings"] as? [String] == ["1 of 12 tasks failed and are left out"])
    let table = try String(contentsOfFile: try #require(figures[0]["table"]), encoding: .utf8).split(separator: "\n")
    #expect(table.first == "noise,running_cost,boundary,boundary_lower,boundary_upper,replicates")
    #expect(table.count == 5 && table[1].hasPrefix("0.5,0.1,2,-0.48") && table[1].hasSuffix(",3"))
    let again = try CommandTests.depth(["figures", folder.path, "--x", "c", "--y", "boundary", "--by", "s"])
    #expect(again.code == 0 && again.error == "note: 1 of 12 tasks failed and are left out\n")
  }

  @Test func everyMediumDrawsLinesAndHeatMaps() throws {
    let folder = try Self.sweep()
    defer { try? FileManager.default.removeItem(at: folder) }
    for shape in [["--y", "value", "--by", "s"], ["--y", "s", "--z", "value"], ["--y", "value", "--facet", "s"]] {
      for ending in ["png", "svg", "tex"] {
        let file = folder.appendingPathComponent("picture.\(ending)").path
        let output = try CommandTests.depth(["figures", folder.path, "--x", "c", "--plot", file, "--quiet"] + shape)
        #expect(output.code == 0 && output.error.isEmpty, "\(output.error)")
        #expect((try? Data(contentsOf: URL(fileURLWithPath: file)))?.isEmpty == false)
        try? FileManager.default.removeItem(at: folder.appendingPathComponent("picture.csv"))
      }
      let terminal = try CommandTests.depth(["figures", folder.path, "--x", "c", "--plot", "-"] + shape)
      #expect(terminal.code == 0 && terminal.out.contains("running cost c"))
    }
    #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("picture-0.png").path))
  }

  @Test(arguments: [
    (["--x", "c", "--y", "boundry", "--by", "s"], "unknown column 'boundry'; allowed: noise, running_cost"),
    (["--x", "c", "--y", "boundary"], "noise takes 2 values"),
    (["--x", "c", "--y", "boundary", "--where", "s=3"], "allowed: 0.5, 1"),
    (["--x", "c", "--y", "boundary", "--where", "s"], "COLUMN=VALUE"),
    (["--x", "c"], "--x and --y go together"),
    (["--by", "s"], "go with --x and --y"),
    (["--x", "c", "--y", "s", "--z", "value", "--by", "s"], "--by makes lines"),
    (["--x", "c", "--y", "value", "--by", "s", "--log", "z"], "--log is z"),
    ([], "name the columns with --x and --y"),
  ]) func aMistakeIsOneLine(arguments: [String], words: String) throws {
    let folder = try Self.sweep()
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = try CommandTests.depth(["figures", folder.path] + arguments)
    #expect(output.code == 64 && output.out.isEmpty)
    #expect(output.error.contains(words), "\(output.error)")
    #expect(output.error.split(separator: "\n").count == 1)
  }

  @Test func somebodysTableIsNotOverwritten() throws {
    let folder = try Self.sweep()
    defer { try? FileManager.default.removeItem(at: folder) }
    let results = folder.appendingPathComponent("results.csv")
    let before = try Data(contentsOf: results)
    let output = try CommandTests.depth([
      "figures", folder.path, "--x", "c", "--y", "boundary", "--by", "s", "--quiet", "--plot",
      folder.path + "/results.png",
    ])
    #expect(output.code == 65 && output.error.contains("holds another table"))
    #expect(try Data(contentsOf: results) == before)
  }
}
