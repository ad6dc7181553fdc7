import Testing

/// The sources themselves.
@Suite struct HouseTests {
  @Test func everyModuleHasALevel() throws {
    #expect(try SourceTree.modules() == Set(House.levels.keys))
  }

  @Test func importsPointDownward() throws {
    let files = try SourceTree.swiftFiles()
    // An empty list would hold every rule.
    #expect(Set(files.map(\.module)).isSuperset(of: ["DepthRuns", "DepthFigures", "DepthNumerics", "DepthDynamics"]))
    #expect(files.flatMap { ImportStatement.all(in: $0.text) }.count > 40)
    for file in files {
      let imports = ImportStatement.all(in: file.text)
      #expect(House.violations(of: imports, module: file.module, file: file.path) == [])
    }
  }

  @Test func filesAreShort() throws {
    for file in try SourceTree.swiftFiles() {
      #expect(House.violations(ofLength: file.text, file: file.path) == [])
    }
  }

  @Test func noPublicTypeIsNamedAsAModule() throws {
    for file in try SourceTree.swiftFiles() {
      #expect(House.violations(ofTypeNames: file.text, file: file.path) == [])
    }
  }

  @Test func thePackageCanBeADependency() throws {
    let manifest = try SourceTree.manifest()
    #expect(manifest.contains("OptimalDepth"))
    #expect(!ImportStatement.code(manifest).contains("unsafeFlags"))
  }
}
