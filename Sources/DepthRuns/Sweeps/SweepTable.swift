/// The tidy table of a sweep: a row a task, in the order of the plan.
///
/// Swept keys, replicate and seed, then results in natural order, then reason, status and seconds.
struct SweepTable {
  private var rows: [Int32]
  private var swept = SweepTableColumns()
  private var results = SweepTableColumns()
  private var tasks: [Int] = []
  private var identities: [SweepIdentity] = []
  private var replicates: [Double] = []
  private var seeds: [Double] = []
  private var statuses: [SweepRecord.Status] = []
  private var reasons: [Int: String] = [:]
  private var seconds: [Double] = []

  /// - Parameter count: tasks of the plan.
  init(count: Int) { rows = [Int32](repeating: -1, count: count) }

  /// The first record of a task that has an answer counts, else the last that has none.
  mutating func add(_ record: SweepRecord) {
    guard record.task < rows.count else { return }
    let row: Int
    if rows[record.task] < 0 {
      row = tasks.count
      rows[record.task] = Int32(row)
      tasks.append(record.task)
      identities.append(record.identity)
      replicates.append(record.replicate.map(Double.init) ?? .nan)
      seeds.append(Double(record.seed))
      statuses.append(record.status)
      seconds.append(record.seconds)
      for (name, value) in record.swept { swept.set(name, row, value) }
    } else {
      row = Int(rows[record.task])
      guard statuses[row] == .failed else { return }
      statuses[row] = record.status
      seconds[row] = record.seconds
    }
    reasons[row] = record.status == .failed ? record.reason : nil
    for (name, value) in record.columns { results.set(name, row, value) }
  }

  /// Of each row of the finished table.
  struct Key: Sendable {
    let task: Int
    let identity: SweepIdentity
  }

  func finished() -> (table: Table, keys: [Key]) {
    let order = rows.filter { $0 >= 0 }.map { Int($0) }
    var table = Table(name: "results")
    swept.add(to: &table, order: order)
    func add(_ name: String, _ column: Table.Column) {
      // a result may have a reserved name
      table.add(table.column(name) == nil ? name : "task_\(name)", column)
    }
    if replicates.contains(where: { !$0.isNaN }) { add("replicate", .number(order.map { replicates[$0] })) }
    if table.column("seed") == nil { add("seed", .number(order.map { seeds[$0] })) }
    results.add(to: &table, order: order)
    if !reasons.isEmpty { add("reason", .text(order.map { reasons[$0] ?? "" })) }
    add("status", .text(order.map { statuses[$0].rawValue }))
    add("seconds", .number(order.map { seconds[$0] }))
    return (table, order.map { Key(task: tasks[$0], identity: identities[$0]) })
  }
}

/// Columns that grow as records name them.
struct SweepTableColumns {
  private struct Column {
    let name: String
    var numbers: [Double] = []
    /// By row; a column with one text is of texts.
    var texts: [Int: String] = [:]
  }

  private var places: [String: Int] = [:]
  private var columns: [Column] = []

  mutating func set(_ name: String, _ row: Int, _ value: JSONValue) {
    let place: Int
    if let known = places[name] {
      place = known
    } else {
      place = columns.count
      places[name] = place
      columns.append(Column(name: name))
    }
    if let number = value.doubleValue {
      let missing = row + 1 - columns[place].numbers.count
      if missing > 0 { for _ in 0..<missing { columns[place].numbers.append(.nan) } }
      columns[place].numbers[row] = number
    } else {
      columns[place].texts[row] = value.stringValue ?? String(decoding: value.canonical, as: UTF8.self)
    }
  }

  /// Adds them in natural order of their names, `x.2` before `x.10`; names that the table has already are left out.
  func add(to table: inout Table, order: [Int]) {
    for column in columns.sorted(by: { Self.isBefore($0.name, $1.name) }) where table.column(column.name) == nil {
      func number(_ row: Int) -> Double { row < column.numbers.count ? column.numbers[row] : .nan }
      if column.texts.isEmpty {
        table.add(column.name, order.map(number))
      } else {
        table.add(column.name, order.map { column.texts[$0] ?? Table.number(number($0)) })
      }
    }
  }

  private static func isBefore(_ a: String, _ b: String) -> Bool {
    let (left, right) = (a.split(separator: "."), b.split(separator: "."))
    for (x, y) in zip(left, right) where x != y {
      if let x = Int(x), let y = Int(y) { return x < y }
      return x < y
    }
    return left.count < right.count
  }
}
