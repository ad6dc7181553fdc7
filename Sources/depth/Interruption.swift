import Foundation
import Synchronization

/// Ctrl-C and SIGTERM set a flag that long work polls; a second one ends the process at once.
enum Interruption {
  private static let requested = Atomic<Bool>(false)

  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  static func install() {
    for signal in [SIGINT, SIGTERM] {
      Foundation.signal(signal) { _ in
        if Interruption.requested.exchange(true, ordering: .relaxed) { _exit(130) }
      }
    }
  }
}
