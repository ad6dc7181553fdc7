extension Table {
  /// An array of objects, one a row, keyed by the columns' names; a missing or non-finite number is `null`.
  public var json: JSONValue {
    .array(
      (0..<rowCount).map { row in
        .object(
          Dictionary(
            zip(columnNames, columns).map { name, column in
              switch column {
              case .number(let values): (name, JSONValue(values[row]))
              case .text(let values): (name, .string(values[row]))
              }
            }
          ) { $1 })
      })
  }
}
