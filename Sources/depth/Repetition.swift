import DepthRuns
import Foundation

/// A computation with its times; repeated, their medians after one run to warm up.
struct Repetition<Result> {
  let result: Result
  /// Wall and processor seconds of one run.
  let seconds: Double
  let processorSeconds: Double

  /// - Parameter count: runs to time; the first run is not timed when there are several.
  init(_ count: Int, _ body: () throws -> Result) throws {
    guard count >= 1, count <= 1_000_000 else { throw InputError.value(count, of: "repeat", allowed: "1 to 1000000") }
    var walls: [Double] = []
    var processors: [Double] = []
    var last: Result?
    for run in 0..<(count == 1 ? 1 : count + 1) {
      let start = Self.processorTime()
      let (result, seconds) = try timed(body)
      last = result
      guard run > 0 || count == 1 else { continue }
      processors.append(Self.processorTime() - start)
      walls.append(seconds)
    }
    guard let last else { preconditionFailure("\(count) repetitions") }
    (result, self.seconds, processorSeconds) = (last, Self.median(walls), Self.median(processors))
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
