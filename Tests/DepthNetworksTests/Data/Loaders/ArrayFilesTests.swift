import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct ArrayFilesTests {
  private func load(_ arrays: [String: NumericArray]) throws -> Dataset {
    try ArrayFiles().dataset(arrays, name: "toy", place: "toy", digest: Data())
  }

  @Test func npzAndNpyHoldTheSame() throws {
    let folder = try ScratchFolder()
    let (inputs, labels) = (NumericArray(shape: [2, 2], values: [1, -4, 2, 0]), NumericArray([0, 1]))
    try folder.write(try SampleFiles.npz(["inputs": inputs, "labels": labels]), "a.npz")
    try folder.write(inputs.npy, "b_inputs.npy")
    try folder.write(labels.npy, "b_labels.npy")
    let packed = try DatasetCatalogue.load(folder.url.appendingPathComponent("a.npz").path)
    let plain = try DatasetCatalogue.load("npy:\(folder.url.path)/b")
    #expect(packed.inputs == [0.25, -1, 0.5, 0] && packed.inputs == plain.inputs && packed.labels == plain.labels)
    try folder.write(NumericArray([0, 2]).npy, "b_split.npy")
    #expect(try DatasetCatalogue.load("npy:\(folder.url.path)/b").split == [.train, .test])
  }

  @Test func imagesComeChannelByChannel() throws {
    // pixel p of channel c is 10 c + p
    let last = NumericArray(shape: [2, 2, 1, 3], values: [0, 10, 20, 1, 11, 21, 0, 10, 20, 1, 11, 21])
    let first = NumericArray(shape: [2, 3, 2, 1], values: [0, 1, 10, 11, 20, 21, 0, 1, 10, 11, 20, 21])
    let labels = NumericArray([0, 1])
    let (a, b) = (try load(["inputs": last, "labels": labels]), try load(["inputs": first, "labels": labels]))
    #expect(a.inputs == b.inputs && a.inputShape == .image(channels: 3, height: 2, width: 1))
    #expect(a.inputShape == b.inputShape)
  }

  @Test func kerasNamesKeepTheTestPart() throws {
    let data = try load([
      "x_train": NumericArray(shape: [2, 2, 2], values: [0, 1, 2, 3, 4, 5, 6, 8]), "y_train": NumericArray([0, 1]),
      "x_test": NumericArray(shape: [1, 2, 2], values: [8, 8, 8, 8]),
      "y_test": NumericArray(shape: [1, 1], values: [1]),
    ])
    #expect(data.split == [.train, .train, .test] && data.inputShape == .image(channels: 1, height: 2, width: 2))
  }

  @Test func nonsenseIsNamed() {
    let inputs = NumericArray(shape: [2, 2], values: [1, 2, 3, 4])
    let cases: [([String: NumericArray], String)] = [
      (["labels": NumericArray([0, 1])], "no array 'inputs'"), (["inputs": inputs], "no array 'labels'"),
      (["inputs": inputs, "labels": NumericArray([0, 1, 1])], "[2] is needed"),
      (["inputs": inputs, "labels": NumericArray([0, 0.5])], "integers from 0"),
      (["inputs": inputs, "labels": NumericArray([0, .nan])], "integers from 0"),
      (["inputs": inputs, "labels": NumericArray([0, 1]), "split": NumericArray([0, 7])], "at 1"),
      (["inputs": inputs, "labels": NumericArray([0, 1]), "split": NumericArray([0])], "at 1"),
      (["inputs": NumericArray([1, 2]), "labels": NumericArray([0, 1])], "[n, d]"),
      (["inputs": NumericArray(shape: [0, 2], values: []), "labels": NumericArray([])], "lengths from 1"),
      (
        ["inputs": NumericArray(shape: [2, 2], values: [1, 2, .infinity, 4]), "labels": NumericArray([0, 1])],
        "at [1, 0]"
      ),
      (["inputs": inputs, "labels": NumericArray([0, 0])], "1 of 2"),
    ]
    for (arrays, text) in cases {
      let error = #expect(throws: InputError.self) { try load(arrays) }
      #expect(error?.description.contains(text) == true, "\(error?.description ?? "") lacks \(text)")
    }
  }
}
