import Foundation
import Testing

@testable import depth

@Suite struct CompletionTests {
  @Test(arguments: ["bash", "zsh", "fish"]) func scriptsKnowTheCatalogues(shell: String) throws {
    let output = try CommandTests.depth(["--generate-completion-script", shell])
    #expect(output.code == 0 && output.error.isEmpty)
    for word in ["ou-contraction", "smooth-fit", "backward-induction", "expected-depth", "van-der-pol", "cvode-bdf"] {
      #expect(output.out.contains(word), "\(word)")
    }
  }

  @Test func parametersAreThoseOfTheProblemOnTheLine() {
    let words = Completions.assignments(of: ["depth", "boundary", "--problem", "ou-contraction", "--set", ""])
    #expect(words.contains("contraction_rate=") && words.contains("a=") && words.contains("dimension="))
    #expect(!words.contains("strike="))
    #expect(Completions.assignments(of: ["depth", "boundary", "--problem=american-put"]).contains("strike="))
    #expect(Completions.assignments(of: ["depth", "boundary", "--set"]).isEmpty)
  }

  @Test func finishedRunsAreOffered() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("runs-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for name in ["digits", "digits-2", "unfinished", "deep/er/run"] {
      let folder = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      if name != "unfinished" { try Data().write(to: folder.appendingPathComponent("manifest.json")) }
    }
    let prefix = root.path + "/"
    #expect(
      RunSearch.runs(startingWith: prefix) == ["digits", "digits-2", "deep/er/run"].map { prefix + $0 })
    #expect(RunSearch.runs(startingWith: prefix + "digits-") == [prefix + "digits-2"])
    #expect(RunSearch.runs(startingWith: prefix + "nothing").isEmpty)
  }
}
