import Foundation

/// `arrays.nc`: the arrays of all tasks side by side.
///
/// Each array gets a leading dimension `task`; where lengths differ, the rest is NaN. Beside them lie `task` (the index in the
/// plan) and the table's numeric columns of swept keys and seeds, so that xarray selects by them.
enum SweepArrays {
  /// Numbers in the file; beyond that the files of the tasks serve alone.
  static let most = 1 << 27

  /// Writes the file, where there are arrays and they fit.
  ///
  /// - Returns: whether it was written.
  /// - Throws: `InputError.data` for a damaged file of a task, and where the file cannot be written.
  static func write(
    _ table: Table, keys: [SweepTable.Key], having: Set<Int>, swept: [String], _ folder: SweepFolder
  ) throws -> Bool {
    let url = folder.url.appendingPathComponent("arrays.nc")
    let rows = keys.indices.filter { having.contains(keys[$0].task) }
    guard !rows.isEmpty else {
      unlink(url.path)
      return false
    }
    let files = try rows.map { try NetCDFFile.variables(of: folder.arrays(keys[$0].identity)) }
    var shapes: [String: [Int]] = [:]
    for file in files {
      for (name, array) in file {
        let known = shapes[name] ?? array.shape
        // an array whose rank differs from task to task has no place in one
        shapes[name] = known.count == array.shape.count ? zip(known, array.shape).map { max($0, $1) } : []
      }
    }
    shapes = shapes.filter { !$0.value.isEmpty }
    let size = shapes.values.reduce(0.0) { $0 + $1.reduce(Double(rows.count)) { $0 * Double($1) } }
    guard size <= Double(most) else {
      unlink(url.path)
      return false
    }
    var variables = [
      NetCDFFile.Variable("task", dimensions: ["task"], NumericArray(rows.map { Double(keys[$0].task) }))
    ]
    for name in swept + ["replicate", "seed"] {
      guard case .number(let values)? = table.column(name) else { continue }
      variables.append(NetCDFFile.Variable(name, dimensions: ["task"], NumericArray(rows.map { values[$0] })))
    }
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      let values = files.flatMap { padded($0[name], to: shape) }
      let dimensions = ["task"] + shape.indices.map { "\(name)_\($0)" }
      variables.append(
        NetCDFFile.Variable(name, dimensions: dimensions, NumericArray(shape: [rows.count] + shape, values: values)))
    }
    try NetCDFFile.write(variables, to: url)
    return true
  }

  /// An array in the first corner of a larger one.
  static func padded(_ array: NumericArray?, to shape: [Int]) -> [Double] {
    var values = [Double](repeating: .nan, count: shape.reduce(1, *))
    guard let array, array.shape.count == shape.count else { return values }
    for place in array.values.indices {
      var (rest, target, stride) = (place, 0, 1)
      for axis in shape.indices.reversed() {
        target += rest % array.shape[axis] * stride
        rest /= array.shape[axis]
        stride *= shape[axis]
      }
      values[target] = array.values[place]
    }
    return values
  }
}
