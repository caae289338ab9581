"""Small images on a page: crisp pixels, a caption below each. No Streamlit in here.

Images travel as PNG files within the HTML: 32x32 pixels take 3 kB, and the browser enlarges them
without smoothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from lab.images.sheets import Pixels, data_url, png

_STYLE = (
    "<style>"
    ".px{display:grid;gap:.45rem;margin:0 0 .6rem}"
    ".px figure{margin:0;min-width:0}"
    ".px img{width:100%;aspect-ratio:1;image-rendering:pixelated;display:block;border-radius:4px}"
    ".px figcaption{font-size:.88rem;line-height:1.25;margin-top:.2rem;overflow-wrap:anywhere}"
    ".px .pair{display:grid;grid-template-columns:1fr 1fr;gap:2px}"
    ".px .pair img:first-child{border-radius:4px 0 0 4px}"
    ".px .pair img:last-child{border-radius:0 4px 4px 0}"
    ".px h4{margin:0;padding:0;font-size:1.05rem;line-height:1.2;align-self:end}"
    ".px .yes,.px .no{font-size:.95rem;line-height:1.3;border-left:4px solid;padding-left:.5rem}"
    ".px .yes{border-color:#14a37f}.px .no{border-color:#d9480f}"
    ".px b{font-weight:650}.px .dim{opacity:.65}"
    ".px .frame img{outline:3px solid #e8702a;outline-offset:-1px}"
    ".px-bar{position:relative;border-radius:3px;overflow:hidden;padding:0 .35rem;"
    "margin-top:.15rem;font-size:.82rem;display:flex;justify-content:space-between;isolation:isolate}"
    ".px-bar i{position:absolute;inset:0 auto 0 0;background:#1f8ccf;opacity:.32;z-index:-1}"
    "</style>"
)


def grid(
    images: Pixels,
    columns: int,
    *,
    names: Sequence[str],
    captions: Sequence[str] = (),
    framed: Sequence[bool] = (),
    widest: str = "100%",
) -> str:
    """HTML for uint8 images (N, H, W, 3), `columns` in a row.

    `names` say what is seen, for those who do not see it. `captions` are HTML from `words` and
    `bars`; `framed` images get a colored edge; `widest` limits the whole grid.
    """
    cells = []
    for index, (image, name) in enumerate(zip(images, names, strict=True)):
        caption = f"<figcaption>{captions[index]}</figcaption>" if captions else ""
        kind = ' class="frame"' if framed and framed[index] else ""
        cells.append(
            f'<figure{kind}><img src="{data_url(png(image))}" alt="{escape(name)}">'
            f"{caption}</figure>"
        )
    style = f"grid-template-columns:repeat({columns},minmax(0,1fr));max-width:{widest}"
    return f'{_STYLE}<div class="px" style="{style}">{"".join(cells)}</div>'


def picture(file: bytes, name: str) -> str:
    """HTML for a PNG file of small images side by side, as wide as there is room."""
    return (
        f'<img src="{data_url(file)}" alt="{escape(name)}" '
        'style="width:100%;image-rendering:pixelated;border-radius:4px">'
    )


def pairs(before: Pixels, after: Pixels, names: Sequence[str]) -> str:
    """HTML for images (N, H, W, 3) before and after, side by side; as many in a row as fit."""
    cells = []
    for one, other, name in zip(before, after, names, strict=True):
        cells.append(
            f'<figure><div class="pair"><img src="{data_url(png(one))}" '
            f'alt="{escape(name)}, original"><img src="{data_url(png(other))}" '
            f'alt="{escape(name)}, augmented"></div>'
            f'<figcaption class="dim">{escape(name)}</figcaption></figure>'
        )
    style = "grid-template-columns:repeat(auto-fill,minmax(12rem,1fr));gap:.5rem 1rem"
    return f'{_STYLE}<div class="px" style="{style}">{"".join(cells)}</div>'


@dataclass(frozen=True)
class Column:
    """One way of several to do something: a title, images (N, H, W, 3), a color, a judgment."""

    title: str
    images: Pixels
    levels: Sequence[float]  # gray levels 0 to 255 of the color
    right: bool
    saying: str


def comparison(columns: Sequence[Column]) -> str:
    """HTML for ways side by side, their parts in line with each other."""
    rows = [
        [f"<h4>{escape(column.title)}</h4>" for column in columns],
        [grid(column.images, 2, names=[column.title] * len(column.images)) for column in columns],
        [swatch(column.levels, "RGB " + _levels(column.levels)) for column in columns],
        [
            f'<div class="{"yes" if column.right else "no"}">'
            f"<b>{'The mean.' if column.right else 'Not the mean.'}</b> {escape(column.saying)}"
            "</div>"
            for column in columns
        ],
    ]
    style = f"grid-template-columns:repeat({len(columns)},minmax(9rem,1fr));gap:.35rem 1.1rem"
    cells = "".join(f"<div>{cell}</div>" for row in rows for cell in row)
    return f'{_STYLE}<div class="px" style="{style}">{cells}</div>'


def _levels(levels: Sequence[float]) -> str:
    return ", ".join(f"{x:.0f}" for x in levels)


def words(first: str, second: str = "", *, dim: bool = False) -> str:
    """A caption: a line in bold and a line below it; `dim` for what did not happen."""
    below = f'<br><span class="{"dim" if dim else ""}">{escape(second)}</span>' if second else ""
    return f"<b>{escape(first)}</b>{below}"


def bars(shares: Sequence[tuple[str, float]]) -> str:
    """A caption of words with shares from 0 to 1 behind them."""
    return "".join(
        f'<div class="px-bar"><i style="width:{100 * share:.0f}%"></i><span>{escape(word)}</span>'
        f"<b>{100 * share:.0f}%</b></div>"
        for word, share in shares
    )


def swatch(levels: Sequence[float], text: str) -> str:
    """A patch of color (gray levels 0 to 255) and what it is."""
    color = ",".join(str(min(max(round(x), 0), 255)) for x in levels)
    return (
        f'<div style="display:flex;gap:.6rem;align-items:center;margin:.2rem 0">'
        f'<span style="width:2.2rem;height:2.2rem;border-radius:4px;border:1px solid #8888;'
        f'background:rgb({color})"></span><span>{escape(text)}</span></div>'
    )
