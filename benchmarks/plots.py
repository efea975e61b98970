"""The results as pictures beside RESULTS.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Point, short
from benchmarks.results import FOLDER, Results

OURS, REFERENCE = "#1f6fb4", "#b9bec4"


def draw(results: Results) -> list[Path]:
    """Draw what there are results for, as SVG; nothing without matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        return []
    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "feeds", "font.size": 9, "axes.spines.top": False}
    drawn = [
        _picture("growth", _growth, results.points("growth")),
        _picture("cold", _bars, results.figures("cold")),
        _picture("serving", _bars, results.figures("serving")),
    ]
    return [path for path in drawn if path is not None]


def _picture(name: str, draw_on: Callable[[Any, list[Any]], None], what: list[Any]) -> Path | None:
    if not what:
        return None
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(layout="constrained")
    draw_on(canvas, what)
    path = FOLDER / f"{name}.svg"
    canvas.savefig(path, metadata={"Date": None})
    return path


def _growth(canvas: Any, points: list[Point]) -> None:
    """Draw one small chart for each curve: on these axes what is constant is level."""
    curves = list(dict.fromkeys(point.curve for point in points))
    canvas.set_size_inches(10, 2.6 * ((len(curves) + 1) // 2))
    axes = list(canvas.subplots((len(curves) + 1) // 2, 2, squeeze=False).flat)
    for curve, chart in zip(curves, axes, strict=False):
        found = sorted((point.posts, point.value) for point in points if point.curve == curve)
        counts, values = zip(*found, strict=True)
        chart.plot(counts, values, marker="o", color=OURS)
        for count, value in found:
            chart.annotate(short(value), (count, value), (0, 6), textcoords="offset points")
        chart.set(title=curve, xscale="log", xlabel="posts", ylim=(0, 1.3 * max(values)))
        chart.margins(x=0.12)
    for chart in axes[len(curves) :]:
        chart.axis("off")


def _bars(canvas: Any, figures: list[Figure]) -> None:
    """Draw ours and the reference of each figure, each pair to its own scale."""
    canvas.set_size_inches(10, 0.5 + 0.75 * len(figures))
    chart = canvas.subplots()
    for row, figure in enumerate(reversed(figures)):
        for where, value, colour in zip(
            (row + 0.2, row - 0.2), figure.medians, (OURS, REFERENCE), strict=True
        ):
            length = value / max(figure.medians)
            chart.barh(where, length, 0.38, color=colour)
            chart.annotate(f" {short(value)} {figure.unit}", (length, where), va="center")
    chart.set_yticks(range(len(figures)), [figure.said for figure in reversed(figures)])
    chart.set(title="blue: feeds; grey: what it is compared with", xlim=(0, 1.15), xticks=[])
    chart.spines[["right", "bottom"]].set_visible(False)
