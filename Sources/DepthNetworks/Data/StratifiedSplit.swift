import DepthNumerics
import DepthRuns
public import DepthStopping

/// A seeded split of a data set in train, fit and test, the same shares of every class.
public enum StratifiedSplit {
  /// The part of every sample: 60 % train, 20 % fit, 20 % test unless told otherwise.
  public static func parts(
    of labels: [Int], train: Double = 0.6, fit: Double = 0.2, seed: UInt64
  ) -> [StoppingPaths.Split] {
    precondition(train > 0 && fit > 0 && train + fit <= 1, "shares \(train) and \(fit)")
    var parts = [StoppingPaths.Split](repeating: .test, count: labels.count)
    for (label, members) in Dictionary(grouping: labels.indices, by: { labels[$0] }) {
      var stream = RandomStream(seed: seed, stream: RandomPurpose.split.stream(label))
      let order = stream.permutation(members.count)
      let trainCount = Int((train * Double(members.count)).rounded())
      let fitCount = train + fit == 1 ? members.count - trainCount : Int((fit * Double(members.count)).rounded())
      for (position, index) in order.enumerated() {
        parts[members[index]] = position < trainCount ? .train : position < trainCount + fitCount ? .fit : .test
      }
    }
    return parts
  }

  /// What the source says of each sample is kept; what it leaves open is drawn.
  ///
  /// Nothing said: 60/20/20. Train and test given, no fit: a seeded sixth of each class of the train part becomes the fit part.
  public static func parts(of dataset: Dataset, seed: UInt64) -> [StoppingPaths.Split] {
    guard var parts = dataset.split else { return Self.parts(of: dataset.sampleLabels, seed: seed) }
    guard !parts.contains(.fit) else { return parts }
    let labels = dataset.sampleLabels
    let members = parts.indices.filter { parts[$0] == .train }
    let share = 1.0 / 6
    let drawn = Self.parts(of: members.map { labels[$0] }, train: 1 - share, fit: share, seed: seed)
    for (member, part) in zip(members, drawn) { parts[member] = part }
    return parts
  }
}

extension StratifiedSplit {
  /// - Throws: `InputError.data` when a part of the split is empty.
  public static func requireAllParts(_ parts: [StoppingPaths.Split], of name: String) throws {
    for part in StoppingPaths.Split.allCases where !parts.contains(part) {
      throw InputError.data(
        "\(name) has too few samples a class: the \(part) part of the split is empty; allowed: from 5 a class")
    }
  }
}

/// What random numbers are drawn for: each purpose has streams of its own, so that changing one leaves the others alone.
enum RandomPurpose: UInt64 {
  case split = 1, initialisation, order, augmentation
  /// Shifts, flips and windows of images.
  case geometry = 16
  /// A task's samples, and the law that all samples of a task share.
  case task = 17
  case taskLaw = 18

  func stream(_ index: Int) -> UInt64 { rawValue << 48 | UInt64(index) }
}
