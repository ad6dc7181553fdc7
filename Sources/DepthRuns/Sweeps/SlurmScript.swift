import Foundation

/// The job arrays of a sweep's chunks: a script each, split where the cluster's MaxArraySize ends.
///
/// One array element is one worker on one chunk, without an inner srun; an element that is requeued goes on where its journal
/// ends. Array indices run below MaxArraySize, so that a chunk's number is an offset plus the index.
public struct SlurmScript: Equatable, Sendable {
  /// Added to the array's index.
  public let offset: Int
  public let text: String

  /// - Parameters:
  ///   - chunks: the numbers of those to run, ascending.
  ///   - worker: the shell words of a worker's command, its chunk written as `chunkVariable`.
  ///   - largestArray: MaxArraySize; indices are below it.
  ///   - logFolder: an absolute path.
  public static func scripts(
    chunks: [Int], worker: String, options: SlurmOptions, threads: Int, largestArray: Int, logFolder: String
  ) -> [SlurmScript] {
    precondition(largestArray > 0, "MaxArraySize \(largestArray)")
    let parts = Dictionary(grouping: chunks) { $0 / largestArray * largestArray }
    return parts.sorted { $0.key < $1.key }.map { offset, members in
      let parallel = options.arrayParallelism.map { "%\($0)" } ?? ""
      let array = "#SBATCH --array=\(ranges(members.map { $0 - offset }))\(parallel)"
      let log = "\(logFolder)/chunk-%A_%a.log"
      let lines =
        ["#!/bin/bash"] + options.directives(threads: threads, log: log) + [array, "set -eu"] + options.setup
        + ["\(chunkVariable.dropFirst())=$((SLURM_ARRAY_TASK_ID + \(offset)))", "exec \(worker)"]
      return SlurmScript(offset: offset, text: lines.joined(separator: "\n") + "\n")
    }
  }

  /// How a script names its chunk.
  public static let chunkVariable = "$chunk"

  /// "0-3,7,9-11" of ascending numbers.
  static func ranges(_ numbers: [Int]) -> String {
    var runs: [(first: Int, last: Int)] = []
    for number in numbers {
      if let run = runs.last, run.last + 1 == number {
        runs[runs.count - 1].last = number
      } else {
        runs.append((number, number))
      }
    }
    return runs.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }.joined(separator: ",")
  }
}
