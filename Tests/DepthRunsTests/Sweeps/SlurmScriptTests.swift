import DepthRuns
import Foundation
import Testing

@testable import DepthRuns

/// The text of job scripts: what Slurm reads, split where its arrays end.
@Suite struct SlurmScriptTests {
  private static func scripts(_ chunks: [Int], _ options: SlurmOptions = SlurmOptions(), largest: Int = 1001)
    -> [SlurmScript]
  {
    SlurmScript.scripts(
      chunks: chunks, worker: "depth sweep-worker DIR --chunk \"$chunk\" --of 20", options: options, threads: 2,
      largestArray: largest, logFolder: "/work/slurm")
  }

  @Test func chunksBecomeRanges() {
    #expect(SlurmScript.ranges([0, 1, 2, 3]) == "0-3")
    #expect(SlurmScript.ranges([1, 3, 4, 9]) == "1,3-4,9")
    let text = Self.scripts([0, 1, 2, 7])[0].text
    #expect(text.hasPrefix("#!/bin/bash\n#SBATCH "))
    #expect(text.contains("#SBATCH --array=0-2,7\n"))
    #expect(text.contains("#SBATCH --requeue\n") && text.contains("#SBATCH --cpus-per-task=2\n"))
    #expect(
      text.hasSuffix("chunk=$((SLURM_ARRAY_TASK_ID + 0))\nexec depth sweep-worker DIR --chunk \"$chunk\" --of 20\n"))
  }

  /// Every chunk is in exactly one array, at an index below MaxArraySize.
  @Test func arraysAreSplitAtTheirLargestSize() {
    let scripts = Self.scripts(Array(0..<20), largest: 8)
    #expect(scripts.map(\.offset) == [0, 8, 16])
    #expect(scripts.map { $0.text.contains("--array=0-7\n") } == [true, true, false])
    #expect(scripts[2].text.contains("--array=0-3\n") && scripts[2].text.contains("SLURM_ARRAY_TASK_ID + 16"))
    let sparse = Self.scripts([3, 17], largest: 8)
    #expect(sparse.map(\.offset) == [0, 16] && sparse[1].text.contains("--array=1\n"))
  }

  @Test func optionsHaveTheirNames() throws {
    var options = SlurmOptions()
    try options.read([
      "partition": "cpu", "timeout_min": 90, "mem_gb": 1.5, "array_parallelism": 4,
      "setup": ["module load swift", "export A=1"], "additional_parameters": ["nice": 100],
    ])
    let text = Self.scripts([0, 1], options)[0].text
    for line in [
      "--partition=\"cpu\"", "--time=90", "--mem=1536M", "--array=0-1%4", "--nice=\"100\"",
    ] { #expect(text.contains("#SBATCH \(line)\n"), "\(line)") }
    // set-up comes after the last directive: Slurm reads none below the first command
    let (setup, directive) = (try #require(text.range(of: "module load")), try #require(text.range(of: "--array")))
    #expect(directive.lowerBound < setup.lowerBound)
  }

  @Test(arguments: [
    ("partitoin", JSONValue.string("cpu")), ("timeout_min", .string("soon")), ("timeout_min", .integer(0)),
    ("mem_gb", .integer(-1)), ("partition", .string("a\nb")), ("partition", .string("a\" b")), ("setup", .integer(3)),
    ("additional_parameters", .object(["a b": "c"])),
  ]) func nonsenseIsRefused(key: String, value: JSONValue) {
    var options = SlurmOptions()
    #expect(throws: InputError.self) { try options.read([key: value]) }
  }
}
