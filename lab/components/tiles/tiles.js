// Draws the tiles of lab/components/tiles/__init__.py. Called again with new data whenever the page has run.
const SIDE = 128;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tiles");
  const what = JSON.stringify([data.sheet, data.tiles]);
  if (root.dataset.what !== what.length + what.slice(-2000) + data.sheet.slice(-200)) {
    root.dataset.what = what.length + what.slice(-2000) + data.sheet.slice(-200);
    const held = parentElement.activeElement?.dataset?.index;
    root.replaceChildren(...data.tiles.map((tile) => make(tile)));
    root.querySelector(`[data-index="${held}"]`)?.focus({ preventScroll: true });
  }
  for (const button of root.children) {
    button.onclick = () => setTriggerValue("picked", Number(button.dataset.index));
  }
  root.onkeydown = (event) => walk(event, root, parentElement);
  draw(root, data);
}

function element(kind, name, words) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (words) made.textContent = words; // never HTML: class names come from folders
  return made;
}

function make(tile) {
  const button = element("button", `tile ${tile.right ? "right" : "wrong"}`);
  button.type = "button";
  button.dataset.index = tile.index;
  button.title = `Image ${tile.index}: look closer`;
  const canvas = element("canvas");
  canvas.width = canvas.height = SIDE;
  const words = element("div", "words");
  words.append(element("div", "first", tile.first), element("div", "second", tile.second));
  for (const [name, share] of tile.bars) {
    const bar = element("div", "bar");
    const length = element("i");
    length.style.width = `${100 * share}%`;
    bar.append(length, element("span", "", name), element("b", "", percent(share)));
    words.append(bar);
  }
  button.append(canvas, words);
  return button;
}

function percent(share) {
  return share > 0 && share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`;
}

async function picture(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

async function draw(root, data) {
  const turn = (root.turn = (root.turn ?? 0) + 1); // a later call overtakes this one
  delete root.dataset.drawn; // says what the tiles show, once they do
  const sheet = await picture(data.sheet);
  const heat = data.heat ? await picture(data.heat) : null;
  if (root.turn !== turn) return;
  [...root.children].forEach((button, number) => {
    const pen = button.querySelector("canvas").getContext("2d");
    const place = (image) => {
      const side = image.width / data.columns;
      const left = (number % data.columns) * side;
      const top = Math.floor(number / data.columns) * side;
      pen.drawImage(image, left, top, side, side, 0, 0, SIDE, SIDE);
    };
    pen.globalAlpha = 1;
    pen.imageSmoothingEnabled = false;
    place(sheet);
    if (heat) {
      pen.globalAlpha = data.opacity;
      pen.imageSmoothingEnabled = true;
      place(heat);
    }
  });
  root.dataset.drawn = heat ? "heat" : "images";
}

function walk(event, root, parentElement) {
  const all = [...root.children];
  const at = all.indexOf(parentElement.activeElement);
  const inRow = all.filter((tile) => tile.offsetTop === all[0]?.offsetTop).length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: inRow, ArrowUp: -inRow }[event.key];
  if (at < 0 || !step || !all[at + step]) return;
  event.preventDefault();
  all[at + step].focus();
}
