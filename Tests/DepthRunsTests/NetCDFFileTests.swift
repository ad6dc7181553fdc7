import Foundation
import Testing

@testable import DepthRuns

@Suite struct NetCDFFileTests {
  @Test func variablesReadBack() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("a.nc")
    let matrix = NumericArray(shape: [2, 3], values: [1, 2, 3, 4, .nan, 0.1])
    try NetCDFFile.write(
      [
        NetCDFFile.Variable("boundary.at", dimensions: ["task", "depth"], matrix),
        NetCDFFile.Variable("cost", dimensions: ["task"], NumericArray([0.5, 1e300])),
      ], attributes: ["command": "boundary", "seed": 1, "plan": ["a": [1, 2]]], to: url)
    let variables = try NetCDFFile.variables(of: url)
    let read = try #require(variables["boundary.at"])
    #expect(read.shape == [2, 3] && zip(read.values, matrix.values).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(variables["cost"]?.values == [0.5, 1e300] && variables.count == 2)
    try AtomicFile.write("no NetCDF", to: folder.file("text.nc"))
    for bad in ["none.nc", "text.nc"] {
      #expect(throws: InputError.self, "\(bad)") { try NetCDFFile.variables(of: folder.file(bad)) }
    }
    try FileManager.default.removeItem(at: folder.file("text.nc"))
    #expect(try folder.contents() == ["a.nc"])
  }

  @Test func aFileThatCannotBeWrittenIsAnError() throws {
    let error = try #require(throws: InputError.self) {
      try NetCDFFile.write(
        [NetCDFFile.Variable("x", dimensions: ["n"], NumericArray([1]))], to: URL(fileURLWithPath: "/nowhere/a.nc"))
    }
    #expect(error.description.contains("/nowhere/a.nc"))
  }
}
