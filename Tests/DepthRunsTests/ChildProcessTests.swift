import Foundation
import Testing

@testable import DepthRuns

@Suite struct ChildProcessTests {
  /// More on both streams than a pipe holds, messages first: a reader of one after the other would wait for ever.
  @Test func bothStreamsAreRead() throws {
    let script = "head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o; exit 3"
    let process = try ChildProcess("sh", ["-c", script])
    #expect(process.code == 3 && process.output == Data(repeating: UInt8(ascii: "o"), count: 300_000))
    #expect(process.messages == String(repeating: "e", count: 300_000))
  }

  @Test func folderAndEnvironmentAreSet() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.file("there")
    try AtomicFile.makeFolder(folder)
    let process = try ChildProcess(
      "/bin/sh", ["-c", "pwd -P; echo $OPTIMAL_DEPTH_TEST; cat"], in: folder,
      environment: ["OPTIMAL_DEPTH_TEST": "set"])
    #expect(process.text.split(separator: "\n").map(String.init) == [folder.resolvingSymlinksInPath().path, "set"])
    #expect(process.code == 0 && process.messageLines.isEmpty)
  }

  @Test func failuresAreTold() throws {
    #expect(try ChildProcess("no-such-program-here", []).code == 127)
    #expect(try ChildProcess("sh", ["-c", "kill -KILL $$"]).code == 128 + SIGKILL)
    #expect(throws: InputError.self) { try ChildProcess("/no/such/program", []) }
  }
}
