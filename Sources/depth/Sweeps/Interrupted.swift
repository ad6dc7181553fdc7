import DepthExperiments

/// Ctrl-C ended the work: exit 130.
struct Interrupted: InterruptedWork, CustomStringConvertible {
  let description: String
}
