import ArgumentParser
import DepthDynamics
import DepthRuns
import Foundation

/// Events on the command line: what to look for along a flow.
struct EventOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "An event, repeatable: state-norm=V, field-norm=V (halting: ||f|| falls to V), component-I=V, boundary=FILE.csv (||h|| meets a halting boundary; columns depth, boundary), boundary-I=FILE.csv (component I does). Append ,rising or ,falling for a direction, ,note for an event that does not end the flow."
  ) var event: [String] = []

  static let keys = ["event"]
  private static let allowed =
    "state-norm=V, field-norm=V, component-I=V, boundary=FILE.csv, boundary-I=FILE.csv, each with ,rising or ,falling and ,note"

  func texts(_ file: OptionFile) throws -> [String] { try event.isEmpty ? file.strings("event") ?? [] : event }

  /// - Throws: `InputError` for a text that is no event of the field, or a boundary that cannot be read.
  func events(_ file: OptionFile, of field: some VectorField) throws -> [Event] {
    try texts(file).map { try Self.parse($0, field) }
  }

  private static func parse(_ text: String, _ field: some VectorField) throws -> Event {
    var parts = text.split(separator: ",").map(String.init)
    var (direction, isTerminal): (Event.Direction?, Bool) = (nil, true)
    while let last = parts.last, ["rising", "falling", "note"].contains(last) {
      if last == "note" { isTerminal = false } else { direction = last == "rising" ? .rising : .falling }
      parts.removeLast()
    }
    let pair = parts.joined(separator: ",").split(separator: "=", maxSplits: 1).map(String.init)
    guard pair.count == 2 else { throw InputError.value(text, of: "--event", allowed: allowed) }
    var event =
      try pair[0].hasPrefix("boundary")
      ? boundary(pair[0], pair[1], field, text) : threshold(pair[0], pair[1], field, text)
    if let direction { event = event.inDirection(direction) }
    event.isTerminal = isTerminal
    return event
  }

  private static func threshold(
    _ name: String, _ number: String, _ field: some VectorField, _ text: String
  ) throws -> Event {
    guard let value = Double(number), value.isFinite else {
      throw InputError.value(text, of: "--event", allowed: allowed)
    }
    if name.hasSuffix("-norm"), value < 0 { throw InputError.value(text, of: "--event", allowed: "norms from 0") }
    switch name {
    case "state-norm": return .stateNorm(value, dimension: field.dimension)
    case "field-norm": return .fieldNorm(value, of: field)
    default: return .component(try component(name, "component-", field, text), equals: value)
    }
  }

  private static func boundary(
    _ name: String, _ path: String, _ field: some VectorField, _ text: String
  ) throws -> Event {
    let table = try Table(contentsOf: URL(fileURLWithPath: path))
    let curve: BoundaryCurve
    do {
      curve = try BoundaryCurve(
        depths: table.numbers("depth"), values: table.numbers("boundary"), interpolation: .monotoneCubic)
    } catch let error as InputError {
      throw InputError.data("\(path): \(error)")
    }
    let coordinate: Event.Coordinate =
      try name == "boundary" ? .stateNorm : .component(component(name, "boundary-", field, text))
    return .haltingBoundary(coordinate, meets: curve, dimension: field.dimension)
  }

  private static func component(
    _ name: String, _ prefix: String, _ field: some VectorField, _ text: String
  ) throws -> Int {
    guard name.hasPrefix(prefix), let index = Int(name.dropFirst(prefix.count)), (0..<field.dimension).contains(index)
    else { throw InputError.value(text, of: "--event", allowed: "\(allowed); I below \(field.dimension)") }
    return index
  }
}
