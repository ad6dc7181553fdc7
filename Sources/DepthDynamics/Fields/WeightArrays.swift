import DepthRuns
import Foundation

/// Weights by name, from one .npz or from PREFIX_NAME.npy (or .csv) files.
struct WeightArrays {
  private let prefix: String
  private var arrays: [String: NumericArray]

  init(_ prefix: String, required: [String], optional: [String] = []) throws {
    self.prefix = prefix
    guard !prefix.hasSuffix(".npz") else {
      arrays = try ArrayArchive.read(URL(fileURLWithPath: prefix))
      return
    }
    arrays = [:]
    for name in required + optional {
      let (npy, csv) = ("\(prefix)_\(name).npy", "\(prefix)_\(name).csv")
      if FileManager.default.fileExists(atPath: csv), !FileManager.default.fileExists(atPath: npy) {
        arrays[name] = try NumericArray(csv: URL(fileURLWithPath: csv))
      } else if required.contains(name) || FileManager.default.fileExists(atPath: npy) {
        arrays[name] = try NumericArray(npy: URL(fileURLWithPath: npy))
      }
    }
  }

  func has(_ name: String) -> Bool { arrays[name] != nil }

  /// Rows and columns of a matrix, both positive.
  func matrixShape(_ name: String) throws -> (rows: Int, columns: Int) {
    guard let array = arrays[name] else { throw InputError.data("\(prefix) has no array \(name)") }
    try array.require(shape: [nil, nil], name: name)
    guard array.shape[0] > 0, array.shape[1] > 0 else {
      throw InputError.data("array '\(name)' has shape \(array.shape); both lengths must be positive")
    }
    return (array.shape[0], array.shape[1])
  }

  /// The finite values of an array of this shape; a vector may come as one row or one column.
  func values(_ name: String, shape: [Int]) throws -> [Double] {
    guard let array = arrays[name] else { throw InputError.data("\(prefix) has no array \(name)") }
    let isVector = shape.count == 1 && array.shape.count == 2 && array.shape.contains(1)
    if !(isVector && array.values.count == shape[0]) { try array.require(shape: shape, name: name) }
    try array.requireFinite(name: name)
    return array.values
  }
}
