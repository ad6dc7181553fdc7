internal import CNetCDF
public import Foundation
import Synchronization

/// Arrays as NetCDF-4, which xarray, R and Julia open.
public enum NetCDFFile {
  /// An array with the names of its dimensions; dimensions of one name must agree in length.
  public struct Variable: Sendable {
    public let name: String
    public let dimensions: [String]
    public let array: NumericArray

    public init(_ name: String, dimensions: [String], _ array: NumericArray) {
      precondition(dimensions.count == array.shape.count, "\(name) has \(array.shape.count) dimensions, \(dimensions)")
      (self.name, self.dimensions, self.array) = (name, dimensions, array)
    }
  }

  /// Writes a new file and renames it into place; NaN stands for a missing number.
  ///
  /// - Parameter attributes: of the file: numbers and texts, else their JSON.
  /// - Throws: `InputError.data` with the library's or the system's reason.
  public static func write(_ variables: [Variable], attributes: [String: JSONValue] = [:], to url: URL) throws {
    let temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
    do {
      try alone { try fill(temporary, variables, attributes, name: url.path) }
      try AtomicFile.moveSynced(temporary, to: url)
    } catch {
      unlink(temporary.path)
      throw error
    }
  }

  private static let lock = Mutex<Void>(())

  /// libnetcdf and libhdf5 have global state, and libhdf5 a silence of its own for each thread.
  private static func alone<Result: Sendable>(_ body: () throws -> Result) throws -> Result {
    try lock.withLock { _ in
      H5Eset_auto2(0, nil, nil)
      return try body()
    }
  }

  private static func fill(
    _ url: URL, _ variables: [Variable], _ attributes: [String: JSONValue], name: String
  ) throws {
    func check(_ status: Int32) throws {
      guard status == NC_NOERR else {
        throw InputError.data("cannot write \(name): \(String(cString: nc_strerror(status)))")
      }
    }
    var file: Int32 = 0
    try check(nc_create(url.path, NC_NETCDF4 | NC_CLOBBER, &file))
    do {
      for (key, value) in attributes.sorted(by: { $0.key < $1.key }) { try check(put(file, key, value)) }
      let identifiers = try define(file, variables, check)
      try check(nc_enddef(file))
      for (identifier, variable) in zip(identifiers, variables) {
        try check(nc_put_var_double(file, identifier, variable.array.values))
      }
    } catch {
      nc_close(file)
      throw error
    }
    try check(nc_close(file))
  }

  private static func put(_ file: Int32, _ key: String, _ value: JSONValue) -> Int32 {
    if let number = value.doubleValue {
      return nc_put_att_double(file, NC_GLOBAL, key, nc_type(NC_DOUBLE), 1, [number])
    }
    let text = value.stringValue ?? String(decoding: value.canonical, as: UTF8.self)
    return nc_put_att_text(file, NC_GLOBAL, key, text.utf8.count, text)
  }

  private static func define(
    _ file: Int32, _ variables: [Variable], _ check: (Int32) throws -> Void
  ) throws -> [Int32] {
    var dimensions: [String: (identifier: Int32, length: Int)] = [:]
    return try variables.map { variable in
      let identifiers = try zip(variable.dimensions, variable.array.shape).map { name, length -> Int32 in
        if let known = dimensions[name] {
          precondition(known.length == length, "dimension \(name) is \(known.length) and \(length)")
          return known.identifier
        }
        var identifier: Int32 = 0
        try check(nc_def_dim(file, name, length, &identifier))
        dimensions[name] = (identifier, length)
        return identifier
      }
      var identifier: Int32 = 0
      try check(
        nc_def_var(file, variable.name, nc_type(NC_DOUBLE), Int32(identifiers.count), identifiers, &identifier))
      return identifier
    }
  }

  /// Every variable, as doubles.
  ///
  /// - Throws: `InputError.data` for a file that is missing, damaged or none of NetCDF.
  public static func variables(of url: URL) throws -> [String: NumericArray] {
    try alone {
      func check(_ status: Int32) throws {
        guard status == NC_NOERR else {
          throw InputError.data("cannot read \(url.path): \(String(cString: nc_strerror(status)))")
        }
      }
      var (file, count) = (Int32(0), Int32(0))
      try check(nc_open(url.path, NC_NOWRITE, &file))
      defer { nc_close(file) }
      try check(nc_inq_nvars(file, &count))
      var variables: [String: NumericArray] = [:]
      for variable in 0..<count {
        var name = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
        try check(nc_inq_varname(file, variable, &name))
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        variables[text] = try array(file, variable, check)
      }
      return variables
    }
  }

  private static func array(_ file: Int32, _ variable: Int32, _ check: (Int32) throws -> Void) throws -> NumericArray {
    var rank: Int32 = 0
    try check(nc_inq_varndims(file, variable, &rank))
    var dimensions = [Int32](repeating: 0, count: Int(rank))
    try check(nc_inq_vardimid(file, variable, &dimensions))
    let shape = try dimensions.map { dimension in
      var length = 0
      try check(nc_inq_dimlen(file, dimension, &length))
      return length
    }
    var values = [Double](repeating: 0, count: shape.reduce(1, *))
    try check(nc_get_var_double(file, variable, &values))
    return NumericArray(shape: shape, values: values)
  }
}
