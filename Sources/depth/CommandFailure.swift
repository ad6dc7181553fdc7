import ArgumentParser
import DepthDynamics
import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation

/// What a failed command says, in one line on stderr, and the code it exits with.
struct CommandFailure {
  let message: String?
  let code: Int32
  private let underlying: any Error

  init(_ error: any Error) {
    underlying = error
    switch error {
    case let error as InputError:
      message = error.description
      code = error.kind.rawValue
    case let error as Interrupted:
      message = error.description
      code = 130
    case is CleanExit:
      message = nil
      code = 0
    case let error as ExitCode:
      message = nil
      code = error.rawValue
    case is IntegrationError, is StoppingError, is LinearAlgebraError, is RootFindingError:
      message = "\(error)"
      code = 1
    default:
      let parsed = Depth.exitCode(for: error)
      if parsed == .validationFailure {
        message = Depth.message(for: error)
        code = 64
      } else if parsed == .success {
        message = nil
        code = 0
      } else {
        message = "\(error)"
        code = 1
      }
    }
  }

  func exit() -> Never {
    if let message {
      Messages.error(message)
      Foundation.exit(code)
    }
    // help and version texts go to stdout, as the argument parser prints them
    if code == 0 { Depth.exit(withError: underlying) }
    Foundation.exit(code)
  }
}

/// Progress and messages: stderr, one line each.
enum Messages {
  static func error(_ text: String) { write("depth: \(oneLine(text))") }
  static func note(_ text: String, quiet: Bool) { if !quiet { write(text) } }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private static func write(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
