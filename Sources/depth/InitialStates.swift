import DepthRuns
import Foundation

/// `--initial FILE.npy`: a batch of initial states, a row each.
struct InitialStates {
  /// Empty unless the option named a file.
  let rows: [[Double]]
  /// The field's options with the first row in place of the file.
  let options: FieldOptions
  /// What a record needs: the file and how many rows it has; empty without a file.
  let record: [String: JSONValue]

  /// - Throws: `InputError.data` for a damaged file, one without rows, or numbers that are not finite.
  init(_ options: FieldOptions, _ file: OptionFile) throws {
    var options = options
    guard let path = options.initial ?? file.values["initial"]?.stringValue, path.hasSuffix(".npy") else {
      (rows, self.options, record) = ([], options, [:])
      return
    }
    let array = try NumericArray(npy: URL(fileURLWithPath: path))
    try array.require(shape: array.shape.count == 1 ? [nil] : [nil, nil], name: path)
    try array.requireFinite(name: path)
    let width = array.shape[array.shape.count - 1]
    guard !array.values.isEmpty else { throw InputError.data("\(path) holds no states, its shape is \(array.shape)") }
    rows = stride(from: 0, to: array.values.count, by: width).map { Array(array.values[$0..<($0 + width)]) }
    record = ["initial": .string(path), "initial_rows": .integer(rows.count)]
    if options.initial == nil, let recorded = try file.integer("initial_rows"), recorded != rows.count {
      throw InputError.data("\(path) holds \(rows.count) states; \(file.path) was recorded with \(recorded)")
    }
    options.initial = rows[0].map { "\($0)" }.joined(separator: ",")
    self.options = options
  }

  static let keys = ["initial_rows"]

  /// - Throws: `InputError.data` unless the file's rows have as many columns as the field has dimensions.
  func requireWidth(_ dimension: Int) throws {
    guard let width = rows.first?.count, width != dimension else { return }
    throw InputError.data(
      "the file of initial states has \(width) columns; allowed: \(dimension), the field's dimension")
  }
}
