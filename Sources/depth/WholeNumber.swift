import ArgumentParser

/// A count on the command line: "10000" or "1e4".
struct WholeNumber: ExpressibleByArgument {
  let value: Int

  init?(argument: String) {
    guard let value = Int(argument) ?? Double(argument).flatMap({ Int(exactly: $0) }) else { return nil }
    self.value = value
  }
}
