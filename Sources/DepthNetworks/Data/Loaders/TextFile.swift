import DepthRuns
import DepthStopping
import Foundation

/// Plain text (UTF-8, or `.gz`) as tokens: windows of `length` characters, the label is the character that follows, or with
/// `answersEveryToken` each character's is the next.
///
/// The vocabulary is the text's own: its Unicode scalars in ascending order. The parts are stretches of the text, 80 % train, 10 % fit, 10 %
/// test, so that no window of one part holds a character of another's windows.
public struct TextFile: Sendable {
  /// Characters of a window.
  public var length = 64
  /// Characters from one window's start to the next; nil: `length`.
  public var stride: Int?
  /// Whether every character of a window is asked for the next one, or the last alone.
  public var answersEveryToken = false
  /// The most windows, of all parts together (four fifths, a tenth, a tenth of them), evenly spread over each part's; nil: all.
  public var mostWindows: Int?
  public var mostBytes = Dataset.mostBytes

  /// More kinds of characters than this are no text in one script.
  static let mostCharacters = 20_000

  public init() {}

  /// - Throws: `InputError.data` for text that is not UTF-8, of one character only, or shorter than ten windows.
  public func read(_ url: URL, name: String) throws -> Dataset {
    try parse(Gzip.read(url, mostBytes: mostBytes), name: name, place: url.path)
  }

  /// The same of a text in memory; `place` appears in errors.
  public func parse(_ data: Data, name: String, place: String) throws -> Dataset {
    precondition(length > 0 && stride.map { $0 > 0 } ?? true, "windows of \(length) every \(stride ?? length)")
    guard let text = String(validating: data, as: UTF8.self) else {
      throw InputError.data("\(place) is not UTF-8 text")
    }
    var kinds = Set<Unicode.Scalar>()
    for scalar in text.unicodeScalars { kinds.insert(scalar) }
    guard (2...Self.mostCharacters).contains(kinds.count) else {
      throw InputError.data("\(place) has \(kinds.count) kinds of characters; allowed: 2 to \(Self.mostCharacters)")
    }
    let alphabet = kinds.sorted { $0.value < $1.value }
    let index = Dictionary(uniqueKeysWithValues: alphabet.enumerated().map { ($1, Int32($0)) })
    let tokens = text.unicodeScalars.map { index[$0] ?? 0 }
    var samples = SampleCollector(name: name, mostBytes: mostBytes)
    samples.note(data)
    let step = stride ?? length
    let stretches: [(StoppingPaths.Split, Range<Int>)] = [
      (.train, 0..<(tokens.count / 10 * 8)), (.fit, (tokens.count / 10 * 8)..<(tokens.count / 10 * 9)),
      (.test, (tokens.count / 10 * 9)..<tokens.count),
    ]
    for (part, stretch) in stretches {
      guard stretch.count > length else {
        throw InputError.data(
          "\(place) has \(tokens.count) characters; allowed: from \(10 * (length + 1)) for windows of \(length)")
      }
      let (all, answers) = ((stretch.count - length - 1) / step + 1, answersEveryToken ? length : 1)
      let count = mostWindows.map { min(all, max(1, $0 * (part == .train ? 8 : 1) / 10)) } ?? all
      // a label is two inputs' size
      let (inputs, overflow) = count.multipliedReportingOverflow(by: length + (answersEveryToken ? 2 * length : 0))
      try samples.reserve(samples: count * answers, inputs: overflow ? .max : inputs, place: place)
      for window in 0..<count {
        let start = stretch.lowerBound + window * all / count * step
        samples.append(tokens[start..<(start + length)].lazy.map { Float($0) })
        let end = start + length
        samples.append(labels: tokens[(end + 1 - answers)...end].lazy.map { Int($0) }, part: part)
      }
    }
    return try samples.dataset(
      shape: .tokens(length: length, vocabulary: alphabet.count), classCount: alphabet.count,
      classNames: alphabet.map { String(Character($0)) }, allClasses: false,
      answersPerSample: answersEveryToken ? length : 1)
  }
}
