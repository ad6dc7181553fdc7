import Foundation

/// Progress on stderr: a line that redraws itself on a terminal, a plain line every ten seconds when piped.
final class ProgressLine {
  private let quiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  /// What was done when the first line came, and when: what is left goes on at the rate since.
  private var first: (done: Int, at: ContinuousClock.Instant)?
  private var last: ContinuousClock.Instant?
  private var isOpen = false

  init(quiet: Bool) { self.quiet = quiet }

  func show(done: Int, of total: Int, _ text: String) {
    guard !quiet else { return }
    let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
    if let last, .now - last < interval, done < total { return }
    last = .now
    var line = text
    if let first, done > first.done {
      let elapsed = (ContinuousClock.now - first.at) / .seconds(1)
      line += ", about \(Int((elapsed * Double(total - done) / Double(done - first.done)).rounded(.up))) s left"
    } else if first == nil {
      first = (done, .now)
    }
    if isTerminal {
      let filled = total > 0 ? 20 * done / total : 0
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
      write("\r\u{1B}[K[\(bar)] \(line)")
      isOpen = true
    } else {
      write(line + "\n")
    }
  }

  func finish() {
    if isOpen { write("\n") }
    isOpen = false
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
