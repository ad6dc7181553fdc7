import Testing

/// The checker itself, on made-up files.
@Suite struct CheckerTests {
  private func violations(_ source: String, in module: String) -> [String] {
    House.violations(of: ImportStatement.all(in: source), module: module, file: "f")
  }

  @Test func readsEveryFormOfImport() {
    let source = """
      // import Comment
      /* import Block
         import Inside */
      import Foundation
      internal import CZip  // import Behind
      @preconcurrency public import DepthRuns
      import struct DepthStopping.StoppingPaths
      @_spi(Private) @testable import depth; import func Glibc.exit
      let important = 1
      """
    let imports = ImportStatement.all(in: source)
    #expect(imports.map(\.module) == ["Foundation", "CZip", "DepthRuns", "DepthStopping", "depth", "Glibc"])
    #expect(imports.map(\.access) == [nil, "internal", "public", nil, nil, nil])
    #expect(imports[2].attributes == ["@preconcurrency"])
    #expect(imports.map(\.isHidden) == [false, true, false, false, false, false])
  }

  @Test func aStringIsNoImport() {
    #expect(
      ImportStatement.all(in: "let text = \"\"\"\n  import CGSL\n  \"\"\"\nimport Foundation").map(\.module) == [
        "Foundation"
      ])
  }

  @Test func lowerModulesMayBeImported() {
    #expect(violations("import DepthRuns\nimport DepthNumerics\nimport DepthStopping", in: "DepthTheory") == [])
    #expect(violations("public import DepthRuns\nimport Foundation", in: "DepthFigures") == [])
    #expect(violations("internal import CSundials", in: "DepthDynamics") == [])
    #expect(violations("import ArgumentParser\nimport DepthExperiments", in: "depth") == [])
  }

  @Test(arguments: [
    ("import DepthStopping", "DepthDynamics", "f: DepthDynamics (level 3) imports DepthStopping (level 4)"),
    ("import DepthNetworks", "DepthTheory", "f: DepthTheory (level 5) imports DepthNetworks (level 5)"),
    ("@preconcurrency import DepthTheory", "DepthNetworks", "f: DepthNetworks (level 5) imports DepthTheory (level 5)"),
    ("import struct DepthFigures.Figure", "DepthNumerics", "f: DepthNumerics (level 2) imports DepthFigures (level 2)"),
    ("internal import CGSL", "DepthDynamics", "f: CGSL belongs to DepthNumerics, not to DepthDynamics"),
    ("import CGSL", "DepthNumerics", "f: CGSL must be imported as `internal import`"),
    ("public import CZip", "DepthRuns", "f: CZip must be imported as `internal import`"),
    ("import ArgumentParser", "DepthExperiments", "f: ArgumentParser belongs to depth, not to DepthExperiments"),
    ("internal import TOMLKit", "depth", "f: TOMLKit belongs to DepthRuns, not to depth"),
    ("import Numerics", "DepthNumerics", "f: Numerics is not known to the house"),
    ("import Foundation", "DepthOther", "f: DepthOther is no module of the house"),
  ]) func aViolationIsNamed(_ source: String, _ module: String, _ expected: String) {
    #expect(violations(source, in: module) == [expected])
  }

  @Test func figuresImportTheRunsAlone() {
    // CZip lies lower, yet is not theirs either.
    #expect(
      violations("internal import CZip", in: "DepthFigures") == ["f: CZip belongs to DepthRuns, not to DepthFigures"])
  }

  @Test func longFilesAreCounted() {
    let line = "let x = 1\n"
    #expect(House.violations(ofLength: String(repeating: line, count: 400), file: "f") == [])
    #expect(
      House.violations(ofLength: String(repeating: line, count: 401), file: "f") == ["f: 401 lines, allowed: 400"])
  }

  @Test func typesNamedAsAModuleAreFound() {
    #expect(House.violations(ofTypeNames: "public struct DepthRuns {}", file: "f").count == 1)
    #expect(House.violations(ofTypeNames: "public final class depth {}", file: "f").count == 1)
    #expect(House.violations(ofTypeNames: "// public enum DepthRuns", file: "f") == [])
    #expect(House.violations(ofTypeNames: "struct DepthRuns {}\npublic struct DepthRunsFolder {}", file: "f") == [])
  }
}
