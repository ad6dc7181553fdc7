import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct DatasetCatalogueTests {
  @Test func whatIsNotHereIsNotDownloadedByLoading() throws {
    let folder = try ScratchFolder()
    let cache = DataCache(folder: folder.url)
    for name in ["mnist-5k", "shakespeare"] {
      let error = #expect(throws: InputError.self) { try DatasetCatalogue.load(name, cache: cache) }
      #expect(error?.description.contains("depth data fetch \(name)") == true)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test func aChangedFileIsRefused() throws {
    let folder = try ScratchFolder()
    let cache = DataCache(folder: folder.url)
    try folder.write(Data("to be or not to be".utf8), "shakespeare/shakespeare.txt")
    let error = #expect(throws: InputError.self) { try DatasetCatalogue.load("shakespeare", cache: cache) }
    #expect(error?.description.contains("checksum") == true)
    #expect(throws: InputError.self) { try DatasetCatalogue.fetch("shakespeare", cache: cache) }
  }

  @Test func theCacheFollowsTheXDGSpecification() {
    #expect(DataCache(environment: ["XDG_CACHE_HOME": "/c", "HOME": "/h"]).folder.path == "/c/optimal-depth")
    #expect(DataCache(environment: ["XDG_CACHE_HOME": "c", "HOME": "/h"]).folder.path == "/h/.cache/optimal-depth")
    #expect(DataCache(environment: ["HOME": "/h"]).folder.path == "/h/.cache/optimal-depth")
  }

  @Test func storedFilesLieUnderTheirNameAlone() throws {
    let folder = try ScratchFolder()
    let url = try DataCache(folder: folder.url).store(Data([1, 2]), "toy", "a.bin")
    #expect(try AtomicFile.read(url) == Data([1, 2]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path) == ["a.bin"])
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist")))
  func fashionMNISTIsWhatItShouldBe() throws {
    let data = try DatasetCatalogue.load("fashion-mnist")
    #expect(data.sampleCount == 70_000 && data.inputShape == .image(channels: 1, height: 28, width: 28))
    #expect(data.sha256 == DatasetCatalogue.fashionMNIST.sha256)
    let parts = StratifiedSplit.parts(of: data, seed: 0)
    #expect(parts[..<60_000].filter { $0 == .fit }.count == 10_000 && parts[60_000...].allSatisfy { $0 == .test })
    for label in 0..<10 { #expect(data.labels[60_000...].filter { $0 == label }.count == 1000) }
    // the mean pixel of the training images, 0.2860, as it is known everywhere
    let train = data.inputs[..<(60_000 * 784)].reduce(0.0) { $0 + Double($1) } / (60_000 * 784)
    #expect(abs(train - 0.2860) < 5e-5)
  }

  @Test func tarFilesAreRead() throws {
    let files = [("a/b.txt", Data("hello".utf8)), ("empty", Data()), ("c", Data(repeating: 7, count: 1024))]
    let archive = SampleFiles.tar(files)
    let read = try TarFile.files(archive, name: "t")
    #expect(read.map(\.name) == files.map(\.0) && read.map(\.data) == files.map(\.1))
    var damaged = archive
    damaged[130] = UInt8(ascii: "7")
    #expect(throws: InputError.self) { try TarFile.files(damaged, name: "t") }
    #expect(throws: InputError.self) { try TarFile.files(archive.prefix(2600), name: "t") }
  }
}
