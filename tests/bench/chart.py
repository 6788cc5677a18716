"""The figures as a picture: queries per CPU-second, a bar for each server and workload, on a logarithmic scale."""

import math
from xml.sax.saxutils import escape

from tests.bench.tables import SUBJECTS, per_second

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 860, 440, 64, 76, 48
COLOURS = {"cold": "#2563eb", "hot": "#059669", "ordinary": "#9ca3af"}
BAR = 0.26
TITLE = "Queries per second of the server's processor time (logarithmic)"
_TEXT = '<text class="b-t" x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{text}</text>'
_STYLE = (
    "<style>.b-t{fill:var(--md-default-fg-color,#374151);font-family:system-ui,sans-serif}"
    ".b-l{stroke:var(--md-default-fg-color--lightest,#e5e7eb)}</style>"
)
"""The colours of the page that it stands in; in a file of its own those for a light ground."""


def text(x, y, words, *, size=12, anchor="middle"):
    """A piece of text."""
    return _TEXT.format(x=x, y=y, size=size, anchor=anchor, text=escape(words))


def shown(figure):
    """A figure with two digits that say something."""
    return f"{figure:.0f}" if figure >= 10 else f"{figure:.2g}"


def chart(cells):
    """SVG."""
    figures = per_second(cells)
    seen = [each for row in figures.values() for each in row.values()]
    least, most = math.floor(math.log10(min(seen))), math.ceil(math.log10(max(seen)))
    most = max(most, least + 1)
    titles = [*next(iter(figures.values()))]
    step = (WIDTH - LEFT - 16) / len(titles)
    depth = HEIGHT - TOP - BOTTOM

    def height(figure):
        return depth * (math.log10(figure) - least) / (most - least)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(TITLE)}</title>",
        _STYLE,
        text(LEFT, 22, TITLE, size=15, anchor="start"),
    ]
    for power in range(least, most + 1):
        y = TOP + depth - height(10.0**power)
        parts.append(f'<line class="b-l" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 16}" y2="{y:.1f}"/>')
        parts.append(text(LEFT - 8, y + 4, f"{10.0**power:g}", anchor="end"))
    for place, (subject, row) in enumerate(figures.items()):
        x = LEFT + place * 250
        parts.append(f'<rect x="{x}" y="32" width="12" height="12" fill="{COLOURS[subject]}"/>')
        parts.append(text(x + 18, 43, SUBJECTS[subject], anchor="start"))
        for number, title in enumerate(titles):
            width = step * BAR
            left = LEFT + number * step + step * 0.1 + place * (width + 2)
            tall = max(height(row[title]), 1)
            top = TOP + depth - tall
            place_of = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{tall:.1f}"'
            parts.append(f'<rect {place_of} fill="{COLOURS[subject]}"/>')
            parts.append(text(left + width / 2, top - 4, shown(row[title]), size=10))
    parts += [text(LEFT + (each + 0.5) * step, HEIGHT - 20, title) for each, title in enumerate(titles)]
    return "\n".join([*parts, "</svg>", ""])
