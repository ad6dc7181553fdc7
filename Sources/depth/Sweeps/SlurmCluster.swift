import DepthRuns
import Foundation

/// Slurm's own commands, each as a child process without a shell.
enum SlurmCluster {
  /// MaxArraySize of the cluster; array indices are below it.
  static func largestArray() throws -> Int {
    let lines = try run("scontrol", ["show", "config"]).split(separator: "\n")
    let words = lines.first { $0.hasPrefix("MaxArraySize") }?.split(separator: "=")
    guard let size = words.flatMap({ Int($0[$0.count - 1].trimmingCharacters(in: .whitespaces)) }), size > 1 else {
      throw InputError.data("scontrol show config names no MaxArraySize; job arrays are needed")
    }
    return size
  }

  /// The number of the submitted job.
  static func submit(_ script: URL) throws -> String {
    let answer = try run("sbatch", ["--parsable", script.path])
    guard let job = answer.split(separator: ";").first, Int(job) != nil else {
      throw InputError.data("sbatch answered '\(answer)' instead of a job's number")
    }
    return String(job)
  }

  /// Whether any job waits or runs. squeue forgets jobs that ended and then refuses their numbers: then none is alive.
  static func isAnyAlive(_ jobs: [String]) throws -> Bool {
    let queue = try call("squeue", ["-h", "-o", "%i", "-j", jobs.joined(separator: ",")])
    if queue.code == 0 { return !queue.text.isEmpty }
    if queue.messages.contains("Invalid job id") { return false }
    // a controller that is away for a while does not end the waiting
    Messages.note("squeue: \(said(queue))", quiet: false)
    return true
  }

  private static func run(_ name: String, _ arguments: [String]) throws -> String {
    let process = try call(name, arguments)
    guard process.code == 0 else { throw InputError.data("\(name) ended with \(process.code): \(said(process))") }
    return process.text
  }

  private static func call(_ name: String, _ arguments: [String]) throws -> ChildProcess {
    let process = try ChildProcess(name, arguments)
    guard process.code != 127 else {
      throw InputError.data("\(name) is not in PATH; the slurm executor needs Slurm's commands")
    }
    return process
  }

  private static func said(_ process: ChildProcess) -> String { process.messageLines.joined(separator: "; ") }
}
