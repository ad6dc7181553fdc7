import DepthRuns
import Foundation

/// Comma-separated rows: features, then the label (an integer from 0); `.csv` or `.csv.gz`.
///
/// A first line of words is a header. Features are divided by their largest magnitude, or by `largest` where it is given.
public struct CSVFile: Sendable {
  /// Columns before the label; nil: those of the first row.
  public var featureCount: Int?
  /// nil: the largest label and one.
  public var classCount: Int?
  /// Features must lie in 0...largest; nil: any finite numbers in single precision.
  public var largest: Double?
  public var shape: InputShape?
  public var mostBytes = Dataset.mostBytes

  public init() {}

  /// - Throws: `InputError.data` with file, line, what is wrong and what is allowed.
  public func read(_ url: URL, name: String) throws -> Dataset {
    // text takes up to a few times the inputs' bytes
    try parse(Gzip.read(url, mostBytes: 4 * mostBytes), name: name, place: url.lastPathComponent)
  }

  /// The same of a file in memory; `place` appears in errors.
  public func parse(_ data: Data, name: String, place: String) throws -> Dataset {
    var samples = SampleCollector(name: name, mostBytes: mostBytes)
    samples.note(data)
    var width = featureCount
    try data.withUnsafeBytes { raw in
      var lines = CSVLines(raw)
      while let line = lines.next() {
        let here = "\(place):\(lines.number)"
        if lines.number == 1, featureCount == nil, lines.isHeader(line) { continue }
        let cells = lines.cellCount(line)
        let expected = width ?? cells - 1
        guard expected > 0, cells == expected + 1 else {
          throw InputError.data("\(here): \(cells) cells; allowed: \(max(1, expected)) features and a label")
        }
        width = expected
        try samples.requireRoom(inputs: expected, place: here)
        try append(line, of: lines, features: expected, to: &samples, place: here)
      }
    }
    if let largest { samples.scale(by: largest) } else { samples.scaleByLargest() }
    return try samples.dataset(shape: shape ?? .vector(width ?? 0), classCount: classCount)
  }

  private func append(
    _ line: Range<Int>, of lines: CSVLines, features: Int, to samples: inout SampleCollector, place: String
  ) throws {
    var start = line.lowerBound
    for column in 0..<features {
      let cell = lines.cell(from: &start, to: line.upperBound)
      guard let value = lines.number(cell), isAllowed(value) else {
        let range = largest.map { "numbers from 0 to \($0)" } ?? "finite numbers in single precision"
        throw InputError.data("\(place): feature \(column) is '\(lines.text(cell))'; allowed: \(range)")
      }
      samples.append(Float(value))
    }
    let cell = lines.cell(from: &start, to: line.upperBound)
    let top = classCount ?? 1000
    guard let label = Int(lines.text(cell)), (0..<top).contains(label) else {
      throw InputError.data("\(place): label is '\(lines.text(cell))'; allowed: 0 to \(top - 1)")
    }
    samples.append(label: label)
  }

  private func isAllowed(_ value: Double) -> Bool {
    if let largest { return (0...largest).contains(value) }
    return abs(value) <= Double(Float.greatestFiniteMagnitude)
  }
}
