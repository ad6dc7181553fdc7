import Foundation
internal import GRDB

/// `results.sqlite`: the table and the plan, for SQL.
enum SweepDatabase {
  /// Writes a new file and renames it into place; memory does not grow with the rows.
  ///
  /// Table `results`: `task` (key), `identity`, then the columns of the CSV; missing numbers and empty texts are NULL. Table
  /// `plan`: `key`, `value` as JSON.
  /// - Throws: `InputError.data` with SQLite's reason.
  static func write(_ index: SweepIndex, _ layout: SweepLayout, _ plan: SweepPlan, to url: URL) throws {
    let temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
    unlink(temporary.path)
    do {
      try fill(temporary, index, layout, plan)
      try AtomicFile.moveSynced(temporary, to: url)
    } catch let error as DatabaseError {
      unlink(temporary.path)
      throw InputError.data("cannot write \(url.path): \(error.message ?? "\(error)")")
    } catch {
      unlink(temporary.path)
      throw error
    }
  }

  private static func fill(_ url: URL, _ index: SweepIndex, _ layout: SweepLayout, _ plan: SweepPlan) throws {
    var configuration = Configuration()
    configuration.prepareDatabase { database in
      // the file is synced once, before it is renamed
      try database.execute(sql: "PRAGMA synchronous = OFF")
      try database.execute(sql: "PRAGMA journal_mode = OFF")
    }
    let queue = try DatabaseQueue(path: url.path, configuration: configuration)
    try queue.write { database in
      try create(database, layout)
      try insert(database, index, layout)
      try insert(database, plan)
    }
    try queue.close()
  }

  private static func create(_ database: Database, _ layout: SweepLayout) throws {
    try database.create(table: "results") { definition in
      definition.primaryKey("task", .integer)
      definition.column("identity", .text).notNull()
      for (name, column) in zip(names(layout), layout.columns) {
        definition.column(name, column.isText ? .text : .double)
      }
    }
    try database.create(table: "plan") { definition in
      definition.primaryKey("key", .text)
      definition.column("value", .text).notNull()
    }
  }

  /// SQLite's names do not tell cases apart.
  private static func names(_ layout: SweepLayout) -> [String] {
    var seen: Set<String> = ["task", "identity"]
    return layout.columns.map { column in
      var unique = column.name
      while !seen.insert(unique.lowercased()).inserted { unique += "_" }
      return unique
    }
  }

  private static func insert(_ database: Database, _ index: SweepIndex, _ layout: SweepLayout) throws {
    let rows = try SweepRowReader(index, layout)
    let places = [String](repeating: "?", count: layout.columns.count + 2).joined(separator: ",")
    let statement = try database.makeStatement(sql: "INSERT INTO results VALUES (\(places))")
    for task in index.tasks {
      let values = try rows.read(task) { row in
        [task.databaseValue, row.line.identity.description.databaseValue]
          + zip(row.cells, layout.columns).map { value($0, $1, row.line) }
      }
      statement.setUncheckedArguments(StatementArguments(values))
      try statement.execute()
    }
  }

  private static func value(
    _ cell: JSONWalker.Span?, _ column: SweepLayout.Column, _ line: SweepLine
  ) -> DatabaseValue {
    guard let cell else { return .null }
    guard column.isText else {
      let number = line.number(cell)
      return number.isFinite ? number.databaseValue : .null
    }
    let text = line.text(cell)
    return text.isEmpty ? .null : text.databaseValue
  }

  private static func insert(_ database: Database, _ plan: SweepPlan) throws {
    guard case .object(let members) = plan.json() else { return }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      try database.execute(
        sql: "INSERT INTO plan VALUES (?, ?)", arguments: [key, String(decoding: value.canonical, as: UTF8.self)])
    }
  }

  /// Rows of a query, by SQLite itself.
  ///
  /// - Throws: `InputError.data` with SQLite's reason.
  static func read(_ url: URL, _ sql: String) throws -> [[JSONValue]] {
    do {
      return try DatabaseQueue(path: url.path).read { database in
        try Row.fetchAll(database, sql: sql).map { row in row.databaseValues.map(json) }
      }
    } catch let error as DatabaseError {
      throw InputError.data("cannot read \(url.path): \(error.message ?? "\(error)")")
    }
  }

  private static func json(_ value: DatabaseValue) -> JSONValue {
    switch value.storage {
    case .null, .blob: .null
    case .int64(let value): .integer(Int(value))
    case .double(let value): .number(value)
    case .string(let value): .string(value)
    }
  }
}
