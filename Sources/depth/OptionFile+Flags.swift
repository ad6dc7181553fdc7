import DepthRuns

extension OptionFile {
  /// A switch: true or false; false where the key is not there.
  func flag(_ key: String) throws -> Bool {
    guard let value = values[key] else { return false }
    guard case .bool(let flag) = value else { throw InputError.data("\(path): '\(key)' is not true or false") }
    return flag
  }
}
