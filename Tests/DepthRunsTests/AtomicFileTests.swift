import DepthRuns
import Foundation
import Testing

@Suite struct AtomicFileTests {
  @Test func writesAndReplacesWithoutATrace() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder.file("a.txt"))
    try AtomicFile.write("new", to: folder.file("a.txt"))
    #expect(String(decoding: try AtomicFile.read(folder.file("a.txt")), as: UTF8.self) == "new")
    #expect(try folder.contents() == ["a.txt"])
  }

  @Test func aFailedWriteKeepsTheOldFileAndLeavesNothing() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder.file("a"))
    // A regular file is no folder, not even for root.
    #expect(throws: InputError.data("cannot create \(folder.file("a/b.txt").path): Not a directory")) {
      try AtomicFile.write("new", to: folder.file("a/b.txt"))
    }
    #expect(String(decoding: try AtomicFile.read(folder.file("a")), as: UTF8.self) == "old")
    #expect(try folder.contents() == ["a"])
  }

  @Test func aFolderInTheWayIsKept() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.makeFolder(folder.file("x"))
    try AtomicFile.write("inside", to: folder.file("x/y"))
    #expect(throws: InputError.self) { try AtomicFile.write("new", to: folder.file("x")) }
    // The temporary file beside it is gone as well.
    #expect(try folder.contents() == ["x"])
    #expect(String(decoding: try AtomicFile.read(folder.file("x/y")), as: UTF8.self) == "inside")
  }

  @Test func readingSaysWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    #expect(throws: InputError.data("no such file: \(folder.file("no").path)")) {
      try AtomicFile.read(folder.file("no"))
    }
    #expect(throws: InputError.data("\(folder.url.path) is a folder, a file is needed")) {
      try AtomicFile.read(folder.url)
    }
  }

  @Test func foldersAreMadeWithThoseAboveOrTheReasonIsSaid() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.makeFolder(folder.file("a/b/c"))
    try AtomicFile.makeFolder(folder.file("a/b/c"))
    try AtomicFile.write("", to: folder.file("file"))
    #expect(throws: InputError.self) { try AtomicFile.makeFolder(folder.file("file/x")) }
  }
}
