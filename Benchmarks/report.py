"""A run's results as tables in Markdown."""

from targets import SUNDIALS_RATIO


def number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return ""
    return f"{value:.{digits}g}" if 1e-3 <= abs(value) < 1e5 else f"{value:.1e}"


def spread(ratio: dict | None) -> str:
    if ratio is None:
        return ""
    return f"{number(ratio['median'])} [{number(ratio['least'])}, {number(ratio['most'])}]"


def verdict(reached: bool | None) -> str:
    return {None: "", True: "yes", False: "**no**"}[reached]


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def peers_table(comparisons: list[dict]) -> list[str]:
    header = [
        "case", "error asked", "contestant", "method", "error reached", "CPU ms", "wall ms", "peer / ours [min, max]",
        "target", "met"]
    rows = []
    for comparison in comparisons:
        asked = number(comparison["error_asked"])
        for name in ("ours", "auto"):
            own = comparison[name]
            if own is None:
                continue
            target = comparison["target_milliseconds"] if name == "ours" else None
            rows.append([
                comparison["title"], asked, "depth", own["method"], number(own["error"], 2),
                number(own["cpu_milliseconds"]), number(own["milliseconds"]), "",
                f"{number(target)} ms" if target else "",
                verdict(own["cpu_milliseconds"] <= target if target else None),
            ])
        for peer in comparison["peers"]:
            target = peer["target_ratio"]
            met = peer["ratio"]["median"] >= target if target and peer["ratio"] else None
            rows.append([
                comparison["title"], asked, peer["peer"], peer["method"], number(peer["error"], 2),
                number(peer["cpu_milliseconds"]), number(peer["milliseconds"]), spread(peer["ratio"]),
                number(target), verdict(met),
            ])
    return table(header, rows)


def sundials_table(rows: list[dict]) -> list[str]:
    header = ["problem", "method", "steps Swift, C", "Swift CPU ms", "C CPU ms", "Swift / C [min, max]", "met"]
    return table(header, [
        [
            row["problem"], row["method"], f"{row['swift']['steps']}, {row['c']['steps']}",
            number(row["swift"]["cpu_milliseconds"]), number(row["c"]["cpu_milliseconds"]), spread(row["ratio"]),
            verdict(row["ratio"]["median"] <= SUNDIALS_RATIO),
        ]
        for row in rows
    ])


def markdown(results: dict) -> str:
    machine = results["machine"]
    lines = [
        "# Results", "",
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load_start']:.1f} at the start and "
        f"{machine['load_end']:.1f} at the end; {results['rounds']} interleaved rounds. "
        + "; ".join(results["versions"]) + ".", "",
        "Ratios are medians over the rounds of processor time in the same round, with the least and the greatest.", "",
    ]
    for family, comparisons in results["comparisons"].items():
        lines += [f"## {family.capitalize()}", "", *peers_table(comparisons)]
    if results["sundials"]:
        lines += [f"## Swift over SUNDIALS against C (at most {SUNDIALS_RATIO})", ""]
        lines += sundials_table(results["sundials"])
    if results["failures"]:
        lines += ["## Not measured", "", *(f"- {failure}" for failure in results["failures"]), ""]
    return "\n".join(lines)
