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
  static func write(_ index: SweepIndex, _ layout: SweepLayout, _ folder: SweepFolder) throws -> Bool {
    let url = folder.url.appendingPathComponent("arrays.nc")
    let tasks = index.tasks.filter { index.places[$0].hasArrays }
    guard !tasks.isEmpty else {
      unlink(url.path)
      return false
    }
    let rows = try SweepRowReader(index, layout)
    let files = try tasks.map { task in
      try NetCDFFile.variables(of: folder.arrays(rows.read(task) { $0.line.identity }))
    }
    var shapes: [String: [Int]] = [:]
    for file in files {
      for (name, array) in file {
        let known = shapes[name] ?? array.shape
        // an array whose rank differs from task to task has no place in one
        shapes[name] = known.count == array.shape.count ? zip(known, array.shape).map { max($0, $1) } : []
      }
    }
    shapes = shapes.filter { !$0.value.isEmpty }
    let size = shapes.values.reduce(0.0) { $0 + $1.reduce(Double(tasks.count)) { $0 * Double($1) } }
    guard size <= Double(most) else {
      unlink(url.path)
      return false
    }
    var variables = [NetCDFFile.Variable("task", dimensions: ["task"], NumericArray(tasks.map(Double.init)))]
    for (column, coordinate) in layout.columns.enumerated() where coordinate.isCoordinate {
      let values = try tasks.map { task in
        try rows.read(task) { row in row.cells[column].map { row.line.number($0) } ?? .nan }
      }
      variables.append(NetCDFFile.Variable(coordinate.name, dimensions: ["task"], NumericArray(values)))
    }
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      let values = files.flatMap { padded($0[name], to: shape) }
      let dimensions = ["task"] + shape.indices.map { "\(name)_\($0)" }
      variables.append(
        NetCDFFile.Variable(name, dimensions: dimensions, NumericArray(shape: [tasks.count] + shape, values: values)))
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
