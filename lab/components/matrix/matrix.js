// Draws the table of lab/components/matrix/__init__.py. Called again with new data whenever the page has run.
export default function ({ data, parentElement, setTriggerValue }) {
  const frame = parentElement.querySelector(".frame");
  const held = parentElement.activeElement?.dataset?.at;
  const pick = (row, column) => {
    setTriggerValue("picked", [row, column]);
    if (data.shows) bring(`.st-key-${data.shows}`);
  };
  const [chosenRow, chosenColumn] = data.chosen;

  const table = document.createElement("table");
  table.createCaption().textContent = "predicted class";
  const head = table.createTHead().insertRow();
  head.append(header("corner", "", "true class"));
  data.names.forEach((name, column) => {
    const chosen = chosenColumn === column && chosenRow === null;
    const words = `All images predicted as ${name}`;
    head.append(header("top", name, "", button(name, words, `-,${column}`, chosen, () => pick(null, column))));
  });
  const body = table.createTBody();
  data.cells.forEach((cells, row) => {
    const line = body.insertRow();
    const chosen = chosenRow === row && chosenColumn === null;
    const words = `All images of the class ${data.names[row]}`;
    line.append(header("name", "", "", button(data.names[row], words, `${row},-`, chosen, () => pick(row, null))));
    cells.forEach((cell, column) => {
      const both = chosenRow === row && chosenColumn === column;
      const made = button(cell.words, cell.says, `${row},${column}`, both, () => pick(row, column));
      made.classList.add(cell.right ? "right" : "wrong");
      if (cell.depth > 0.75) made.classList.add("deep");
      made.style.setProperty("--depth", `${Math.round(90 * cell.depth)}%`);
      line.insertCell().append(made);
    });
  });
  frame.replaceChildren(table);
  frame.querySelector(`[data-at="${held}"]`)?.focus({ preventScroll: true });
  frame.onkeydown = (event) => walk(event, frame, parentElement);
}

// Into view at once, and kept there while the page runs: what is rebuilt above it moves it away. A
// reader who scrolls meanwhile is left alone.
function bring(selector) {
  const until = performance.now() + 2500;
  let left = false;
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    window.addEventListener(kind, () => (left = true), { once: true, passive: true });
  }
  const step = () => {
    if (left || performance.now() > until) return;
    const shown = document.querySelector(selector);
    if (shown) {
      shown.style.scrollMarginTop = "3.5rem"; // below the bar at the top
      shown.scrollIntoView({ behavior: "instant", block: "start" });
    }
    setTimeout(step, 60);
  };
  step();
}

function header(name, title, words, inside) {
  const made = document.createElement("th");
  made.className = name;
  if (words) made.textContent = words; // never HTML: class names come from folders
  if (inside) made.append(inside);
  return made;
}

function button(words, says, at, chosen, onclick) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.title = says;
  made.setAttribute("aria-label", says);
  made.dataset.at = at;
  made.onclick = onclick;
  if (chosen) made.classList.add("chosen");
  return made;
}

function walk(event, frame, parentElement) {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  const at = parentElement.activeElement?.dataset?.at?.split(",").map(Number);
  if (!step || !at) return;
  const next = frame.querySelector(`[data-at="${at[0] + step[0]},${at[1] + step[1]}"]`);
  if (!next) return;
  event.preventDefault();
  next.focus();
}
