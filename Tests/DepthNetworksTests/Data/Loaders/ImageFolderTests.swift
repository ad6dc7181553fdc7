import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct ImageFolderTests {
  @Test func pixelsAreExact() throws {
    let colour = try DecodedImage(SampleFiles.colourPNG, place: "a")
    #expect(colour.width == 3 && colour.height == 2 && colour.channels == 3)
    #expect(colour.pixels == [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90])
    #expect(colour.planes[0..<6].elementsEqual([255, 0, 0, 10, 40, 70].map { Float($0) / 255 }))
    #expect(try DecodedImage(SampleFiles.greyPNG, place: "a").pixels == [0, 128, 255, 1, 2, 3])
    #expect(
      try DecodedImage(SampleFiles.greyPNG, channels: 3, place: "a").pixels.prefix(6) == [0, 0, 0, 128, 128, 128])
    #expect(try DecodedImage(SampleFiles.alphaPNG, place: "a").pixels == [200, 100, 50, 0, 0, 0])
  }

  @Test(arguments: [SampleFiles.colourJPEG, SampleFiles.cmykJPEG])
  func jpegIsDecodedInColour(file: Data) throws {
    let image = try DecodedImage(file, place: "a")
    #expect(image.width == 16 && image.height == 8 && image.channels == 3)
    for (i, pixel) in image.pixels.enumerated() { #expect(abs(Int(pixel) - [200, 100, 50][i % 3]) <= 3) }
    let grey = try DecodedImage(file, channels: 1, place: "a")
    #expect(grey.pixels.allSatisfy { abs(Int($0) - 124) <= 3 })
  }

  @Test func greyAndProgressiveJPEGAreDecoded() throws {
    let grey = try DecodedImage(SampleFiles.greyJPEG, place: "a")
    #expect(grey.channels == 1)
    for (i, pixel) in grey.pixels.enumerated() { #expect(abs(Int(pixel) - 16 * (i % 16)) <= 6) }
    #expect(try DecodedImage(SampleFiles.progressiveJPEG, place: "a").pixels.count == 384)
  }

  @Test func damageIsAnErrorAndNoGreyFilling() {
    for file in SampleFiles.images {
      for cut in [0, 1, 3, 8, 20, file.count / 2, file.count - 14] {
        #expect(throws: InputError.self) { try DecodedImage(file.prefix(cut), place: "a") }
      }
    }
    let vast = #expect(throws: InputError.self) { try DecodedImage(SampleFiles.vastPNG, place: "a") }
    #expect(vast?.description.contains("60000 x 60000") == true)
    let text = #expect(throws: InputError.self) { try DecodedImage(Data("hello".utf8), place: "a") }
    #expect(text?.description.contains("neither PNG nor JPEG") == true)
  }

  @Test(arguments: [(7, 3), (3, 7), (5, 5), (64, 1), (1, 4)])
  func resizingKeepsConstantsAndRamps(from: Int, to: Int) {
    let taps = TriangleFilter(from: from, to: to).taps
    #expect(taps.count == to)
    for (pixel, weights) in taps.enumerated() {
      #expect(abs(weights.reduce(0) { $0 + $1.weight } - 1) < 1e-6)
      #expect(weights.allSatisfy { (0..<from).contains($0.source) && $0.weight >= 0 })
      // away from the ends a ramp stays a ramp
      let scale = Double(from) / Double(to)
      let center = (Double(pixel) + 0.5) * scale
      guard center > max(1, scale), center < Double(from) - max(1, scale) else { continue }
      let ramp = weights.reduce(0.0) { $0 + Double($1.weight) * (Double($1.source) + 0.5) }
      #expect(abs(ramp - center) < 0.2 * max(1, scale))
    }
  }

  @Test func theSquareIsCentredAndResized() throws {
    let image = try DecodedImage(SampleFiles.greyJPEG, place: "a")
    let square = image.square(side: 2)
    // columns 4...11 of 16: means about 16 * 5.5 and 16 * 9.5
    #expect(square.count == 4 && abs(square[0] * 255 - 88) < 12 && abs(square[1] * 255 - 152) < 12)
    let same = try DecodedImage(SampleFiles.colourPNG, place: "a").square(side: 2)
    #expect(same.prefix(4).elementsEqual([255, 0, 10, 40].map { Float($0) / 255 }))
  }

  @Test func aFolderPerClassIsADataSet() throws {
    let folder = try ScratchFolder()
    try folder.write(SampleFiles.colourPNG, "cat/b.png")
    try folder.write(SampleFiles.greyPNG, "cat/a.PNG")
    try folder.write(SampleFiles.colourPNG, "dog/x.png")
    try folder.write(Data("not an image".utf8), "dog/README")
    let data = try DatasetCatalogue.load("images:\(folder.url.path)", settings: [("channels", 2)], threads: 2)
    #expect(data.labels == [0, 0, 1] && data.classNames == ["cat", "dog"] && data.split == nil)
    #expect(data.inputShape == .image(channels: 3, height: 2, width: 3))
    try folder.write(SampleFiles.colourJPEG, "dog/y.jpeg")
    let size = #expect(throws: InputError.self) { try DatasetCatalogue.load("images:\(folder.url.path)") }
    #expect(size?.description.contains("set side") == true)
    let resized = try DatasetCatalogue.load("images:\(folder.url.path)", settings: [("side", 4)])
    #expect(resized.sampleCount == 4 && resized.inputShape == .image(channels: 1, height: 4, width: 4))
  }

  @Test func theImageNetLayoutKeepsItsParts() throws {
    let folder = try ScratchFolder()
    for (part, name) in [("train", "a"), ("train", "b"), ("val", "a"), ("val", "b")] {
      try folder.write(SampleFiles.greyPNG, "\(part)/\(name)/1.png")
    }
    #expect(try DatasetCatalogue.load("images:\(folder.url.path)").split == [.train, .train, .test, .test])
    try folder.write(SampleFiles.greyPNG, "test/b/1.png")
    #expect(try DatasetCatalogue.load("images:\(folder.url.path)").split == [.train, .train, .fit, .fit, .test])
    try folder.write(SampleFiles.greyPNG, "test/c/1.png")
    let stranger = #expect(throws: InputError.self) { try DatasetCatalogue.load("images:\(folder.url.path)") }
    #expect(stranger?.description.contains("'c'") == true)
  }

  @Test func emptyAndMissingFoldersAreNamed() throws {
    let folder = try ScratchFolder()
    #expect(throws: InputError.self) { try ImageFolder().read(folder.url, name: "x") }
    #expect(throws: InputError.self) { try ImageFolder().read(folder.url.appendingPathComponent("no"), name: "x") }
  }
}
