"""The results of all runs: kept as JSON, shown as RESULTS.md."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Point, short

FOLDER = Path(__file__).resolve().parent
KEPT, SHOWN = FOLDER / "results.json", FOLDER / "RESULTS.md"


class Results:
    """What was measured, by the name of the measurement; a new run replaces its own alone."""

    def __init__(self, kept: Path = KEPT) -> None:
        self._kept = kept
        self._found: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}

    def keep(
        self, name: str, yielded: list[Any], command: str, machine: dict[str, str], seconds: float
    ) -> None:
        """Replace the results of one measurement."""
        self._found[name] = {
            "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "command": command,
            "machine": machine,
            "seconds": round(seconds),
            "figures": [one._asdict() for one in yielded if isinstance(one, Figure)],
            "points": [one._asdict() for one in yielded if isinstance(one, Point)],
            "notes": [one for one in yielded if isinstance(one, str)],
        }
        self._kept.write_text(json.dumps(self._found, indent=1) + "\n", encoding="utf-8")

    def figures(self, *names: str) -> list[Figure]:
        """Return the figures of some measurements, as far as they were made."""
        runs = [self._found[name] for name in names if name in self._found]
        return [Figure(**one) for run in runs for one in run["figures"]]

    def points(self, *names: str) -> list[Point]:
        """Return the points of some measurements, as far as they were made."""
        runs = [self._found[name] for name in names if name in self._found]
        return [Point(**one) for run in runs for one in run["points"]]

    def show(self, order: list[str], plots: list[Path], shown: Path = SHOWN) -> None:
        """Write RESULTS.md: measurements in `order`, then the plots."""
        names = [name for name in order if name in self._found]
        latest = max((self._found[name] for name in names), key=lambda run: run["date"])
        lines = ["# Results", "", "Written by `make bench`. Each figure is the median of the "
                 "ratios of pairs, ours to a reference, that were measured in turns.", "",
                 "| | |", "|---|---|"]  # fmt: skip
        lines += [f"| {what} | {value} |" for what, value in latest["machine"].items()]
        for name in names:
            lines += _section(name, self._found[name], latest["machine"])
        lines += ["", *(f"![{plot.stem}]({plot.name})" for plot in plots)]
        shown.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _section(name: str, run: dict[str, Any], machine: dict[str, str]) -> list[str]:
    when = f"`{run['command']}`, {run['date']}, {run['seconds']} s"
    other = [f"{key} {value}" for key, value in run["machine"].items() if machine.get(key) != value]
    if other:
        when += f"; with {', '.join(other)}"
    lines = ["", f"## {name}", "", when, ""]
    if run["figures"]:
        lines += ["| figure | ratio | spread | ours | reference | pairs | goal | reached |",
                  "|---|---:|---:|---:|---:|---:|---|---|"]  # fmt: skip
    lines += [_row(Figure(**one)) for one in run["figures"]]
    if run["notes"]:
        lines += ["", *(f"- {note}" for note in run["notes"])]
    return lines


def _row(figure: Figure) -> str:
    ours, reference = figure.medians
    unit = f" {figure.unit}".rstrip()
    reached = {True: "yes", False: "**no**", None: ""}[figure.reached]
    cells = (
        figure.said,
        f"{figure.ratio:.2f}",
        f"{figure.ratios[0]:.2f} – {figure.ratios[-1]:.2f}",
        f"{short(ours)}{unit}",
        f"{short(reference)}{unit}",
        str(len(figure.pairs)),
        figure.goal.removeprefix("goal: "),
        reached,
    )
    return f"| {' | '.join(cells)} |"
