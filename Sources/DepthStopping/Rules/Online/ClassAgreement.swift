/// For how many exits in a row a sample's predicted class has been the same, kept from exit to exit.
enum ClassAgreement {
  /// The class predicted last, and the count.
  static let memoryCount = 2

  /// How many exits just before k predicted the class that exit k predicts; 0 without logits.
  static func count(
    at exit: Int, _ logits: UnsafePointer<Double>, classes: Int, memory: UnsafeMutablePointer<Double>
  ) -> Int {
    guard classes > 0 else { return 0 }
    let predicted = Double(LogitFeatures.predictedClass(logits, classes: classes))
    memory[1] = exit > 0 && predicted == memory[0] ? memory[1] + 1 : 0
    memory[0] = predicted
    return Int(memory[1])
  }
}
