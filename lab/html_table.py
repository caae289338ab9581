"""A table as HTML: words wrap where a data frame would cut them off. No Streamlit in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STYLE = (
    "<style>"
    ".tb{overflow:auto;border:1px solid #8884;border-radius:.4rem}"
    ".tb table{border-collapse:collapse;width:100%;font-size:.92rem;line-height:1.3}"
    ".tb th,.tb td{padding:.3rem .5rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #8883}"
    ".tb thead{position:sticky;top:0}"
    ".tb th{font-weight:600;font-size:.85rem;background:light-dark(#f1f4f8,#1b2430)}"
    ".tb.compact table{font-size:.84rem}.tb.compact th{font-size:.78rem}"
    ".tb.compact th,.tb.compact td{padding:.24rem .35rem}"
    ".tb tbody tr:last-child td{border-bottom:0}"
    ".tb .group{border-left:1px solid #8885}"
    ".tb .number{text-align:right;font-variant-numeric:tabular-nums}"
    ".tb td.number{white-space:nowrap}"
    ".tb .code{font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".tb .good{color:#14a37f;font-weight:700}.tb .bad{color:#e05252;font-weight:700}"
    ".tb .mark{background:#e69f0047}.tb .current td{background:#1f8ccf3d;font-weight:600}"
    "@media (min-width:1700px){.tb table,.tb.compact table{font-size:1.06rem}"  # a projector
    ".tb th,.tb.compact th{font-size:1rem}}"
    "</style>"
)


@dataclass(frozen=True)
class Cell:
    """`kind`: classes of the style above, between spaces; `help` is shown while pointed at."""

    text: str
    kind: str = ""
    help: str = ""

    def html(self, tag: str, span: int = 1) -> str:
        kind = f' class="{self.kind}"' if self.kind else ""
        wide = f' colspan="{span}"' if span > 1 else ""
        about = f' title="{escape(self.help)}"' if self.help else ""
        return f"<{tag}{kind}{wide}{about}>{escape(self.text)}</{tag}>"


def html_table(
    titles: Sequence[Cell],
    rows: Sequence[Sequence[Cell]],
    *,
    groups: Sequence[tuple[Cell, int]] = (),
    current: int | None = None,
    height: str = "none",
    compact: bool = False,
) -> str:
    """The table; `groups` are a row of titles above the titles, each over so many columns.

    The row `current` is set off; a table higher than `height` (CSS) scrolls;
    `compact` is for many columns.
    """
    head = [("".join(cell.html("th", span) for cell, span in groups))] if groups else []
    head.append("".join(cell.html("th") for cell in titles))
    marked = ' class="current"'
    body = [
        f"<tr{marked if number == current else ''}>{''.join(cell.html('td') for cell in row)}</tr>"
        for number, row in enumerate(rows)
    ]
    kind = "tb compact" if compact else "tb"
    return (
        f'{_STYLE}<div class="{kind}" style="max-height:{height}"><table><thead>'
        f"{''.join(f'<tr>{row}</tr>' for row in head)}</thead><tbody>{''.join(body)}</tbody>"
        "</table></div>"
    )
