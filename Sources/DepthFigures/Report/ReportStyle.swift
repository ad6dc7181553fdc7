/// The look of a report: one column that is read on a phone, on a desk and on paper.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light; --ink: #1f2328; --soft: #59636e; --rule: #dfe3e8; --tint: #f5f7f9; --link: #0b5c93; }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0 auto; max-width: 46rem; padding: 2rem 1.1rem 4rem; color: var(--ink); background: #fff;
      font: 1rem/1.6 Georgia, "Source Serif 4", "Times New Roman", serif; }
    h1, h2, dt, dd, nav, th, td, figcaption, summary, .source { font-family: system-ui, "Segoe UI", Roboto,
      "DejaVu Sans", sans-serif; }
    h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .6rem; letter-spacing: -.01em; }
    h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.6rem 0 .6rem; }
    p { margin: .7rem 0; overflow-wrap: anywhere; }
    a { color: var(--link); }
    .abstract { color: var(--soft); font-size: 1.08rem; }
    .facts { display: flex; flex-wrap: wrap; gap: 1px; margin: 1.6rem 0; padding: 1px;
      background: var(--rule); border-radius: 6px; overflow: hidden; }
    .facts div { flex: 1 1 11rem; background: var(--tint); padding: .8rem .95rem; }
    .facts dt { font-size: .8rem; line-height: 1.35; color: var(--soft); }
    .facts dd { margin: 0; }
    .facts .value { font-size: 1.45rem; line-height: 1.4; font-weight: 600; font-variant-numeric: tabular-nums;
      overflow-wrap: anywhere; }
    .facts .note { font-size: .8rem; line-height: 1.4; color: var(--soft); }
    nav { font-size: .92rem; }
    nav ol { padding-left: 1.3rem; columns: 2 16rem; }
    figure { margin: 1.5rem 0; }
    figcaption { font-size: .88rem; line-height: 1.5; color: var(--soft); }
    figcaption strong { color: var(--ink); }
    .picture { overflow-x: auto; text-align: center; }
    .picture svg { width: 100%; height: auto; }
    .scroll { overflow-x: auto; border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink);
      margin: .5rem 0; }
    table { border-collapse: collapse; width: 100%; font-size: .84rem; line-height: 1.4; }
    th, td { padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: bottom; }
    th { border-bottom: 1px solid var(--rule); font-weight: 600; }
    td { border-bottom: 1px solid #eef0f2; }
    tbody tr:last-child td { border-bottom: 0; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    th.number { white-space: normal; }
    .source { font-size: .82rem; color: var(--soft); margin: .3rem 0; }
    code, pre { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .84rem; }
    code { background: var(--tint); padding: .15em .35em; border-radius: 3px; }
    pre { overflow-x: auto; background: var(--tint); padding: .8rem 1rem; border-radius: 6px; line-height: 1.45; }
    summary { cursor: pointer; padding: .35rem 0; font-size: .95rem; }
    @media print {
      body { max-width: none; padding: 0; font-size: 10.5pt; }
      figure, .facts div { break-inside: avoid; }
      h2 { break-after: avoid; }
      .scroll, .picture { overflow: visible; }
      a { color: inherit; }
      nav { display: none; }
    }
    """
}
