import DepthFigures
import DepthRuns
import Foundation

/// The standard figures, each drawn from a run that the gallery computes by the commands it shows.
struct Gallery {
  let folder: URL

  struct Page {
    let index: URL
    let pictures: [DrawnPicture]
  }

  /// One picture: what it shows, a sweep's plan where it needs one, and its command lines.
  struct Item {
    let name: String
    let caption: String
    /// Written to `plans/NAME.toml`.
    var plan: String?
    let commands: [String]
    /// The folder or file that holds its table, relative to the gallery.
    let run: String
  }

  /// Runs every command in the folder and writes the page; minutes, most of it training.
  ///
  /// - Throws: `InputError.data` where the folder holds a gallery already, or a command fails (with its words).
  func draw(progress: (String) -> Void) throws -> Page {
    let index = folder.appendingPathComponent("index.html")
    for name in ["index.html", "runs"]
    where FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) {
      throw InputError.data("\(folder.path) holds a gallery already; remove it, or choose another folder")
    }
    for name in ["", "plans", "runs"] { try AtomicFile.makeFolder(folder.appendingPathComponent(name)) }
    for command in Self.preparation {
      progress(command)
      try run(command)
    }
    for item in Self.items {
      if let plan = item.plan {
        try AtomicFile.write(plan, to: folder.appendingPathComponent("plans/\(item.name).toml"))
      }
      for command in item.commands {
        progress(command)
        try run(command)
      }
    }
    try AtomicFile.write(page.html, to: index)
    return Page(
      index: index,
      pictures: Self.items.map { item in
        let file = folder.appendingPathComponent("\(item.name).png")
        let own = file.deletingPathExtension().appendingPathExtension("csv")
        let run = folder.appendingPathComponent(item.run)
        let hasOwn = FileManager.default.fileExists(atPath: own.path)
        return DrawnPicture(file: file.path, table: hasOwn ? own.path : run.path, run: run.path)
      })
  }

  private var page: GalleryPage {
    GalleryPage(
      title: "Figures of OptimalDepth",
      abstract: "Each picture with the commands that make it, to be given in this folder. Intervals are of 95 %.",
      preparation: Self.preparation,
      items: Self.items.map { item in
        let plan = item.plan.map { _ in ["cat plans/\(item.name).toml"] } ?? []
        return GalleryPage.Item(
          name: item.name, caption: item.caption, commands: plan + item.commands, picture: "\(item.name).png")
      })
  }

  /// Runs `depth ...` as a child of its own, so that one command's failure is one line here.
  private func run(_ command: String) throws {
    let executable = Bundle.main.executableURL?.path ?? "depth"
    let process = try ChildProcess(executable, Array(CommandWords.split(command).dropFirst()), in: folder)
    guard process.code == 0 else {
      throw InputError.data("'\(command)' failed: \(process.messageLines.last ?? "exit \(process.code)")")
    }
  }
}

/// A command line as a shell would read it: words, quotes, no expansion.
enum CommandWords {
  static func split(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == " " {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}
