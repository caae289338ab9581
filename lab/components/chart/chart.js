// Draws a Plotly figure and, when it changes, updates it in place: no flicker, and a viewer's zoom
// is kept (layout.uirevision). Plotly.js is the copy in the Python package, served by this server.
const PROJECTOR = window.matchMedia("(min-width: 1700px)");
const SMALLEST = 18, LARGER = 1.25; // pixels of text on a projector, and how much all grows there
let loading;

function plotly(path) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const bundle = document.querySelector('script[src*="static/js/"]');
    const script = document.createElement("script");
    script.src = new URL(`../../component/${path}`, bundle ? bundle.src : document.baseURI);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { loading = undefined; reject(new Error("Plotly.js did not load")); };
    document.head.appendChild(script);
  });
  return loading;
}

function themed(figure, element) {
  const style = getComputedStyle(element);
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const text = value("--st-text-color", "#333");
  const grid = value("--st-border-color", "#ccc");
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, automargin: true };
  const layout = { ...figure.layout, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
  const font = { color: text, family: value("--st-font", "sans-serif") };
  layout.font = { ...layout.font, ...font };
  const plain = { color: text, size: layout.font.size };
  layout.hoverlabel = { bgcolor: value("--st-secondary-background-color", "#eee"), font: plain };
  layout.legend = { ...layout.legend, bgcolor: "rgba(0,0,0,0)" };
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: grid, activecolor: text };
  layout.xaxis = { ...axis, ...layout.xaxis };
  layout.yaxis = { ...axis, ...layout.yaxis };
  return layout;
}

// A copy in which all text has the size for the back of the room.
function enlarged(part) {
  if (Array.isArray(part)) return part.map(enlarged);
  if (part === null || typeof part !== "object" || ArrayBuffer.isView(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => {
    const grown = enlarged(inner);
    if (name.endsWith("font") && typeof grown?.size === "number")
      grown.size = Math.max(SMALLEST, Math.round(LARGER * grown.size));
    return [name, grown];
  }));
}

function forThisScreen(data, element) {
  const layout = themed(data.figure, element);
  if (!PROJECTOR.matches) return { traces: data.figure.data, layout };
  const larger = enlarged(layout);
  larger.height = Math.round(LARGER * layout.height);
  larger.margin = Object.fromEntries(
    Object.entries(layout.margin ?? {}).map(([side, size]) => [side, Math.round(LARGER * size)]));
  return { traces: enlarged(data.figure.data), layout: larger };
}

export default function (component) {
  const { data, parentElement } = component;
  let plot = parentElement.querySelector(".lab-chart");
  if (!plot) {
    plot = document.createElement("div");
    plot.className = "lab-chart";
    plot.setAttribute("role", "img");
    parentElement.appendChild(plot);
  }
  plot.setAttribute("aria-label", `Chart: ${data.figure.layout.title?.text ?? ""}`);
  const draw = (Plotly) => {
    const { traces, layout } = forThisScreen(data, plot);
    plot.style.height = `${layout.height}px`;
    return Plotly.react(plot, traces, layout, { displaylogo: false, responsive: true, ...data.config });
  };
  const redraw = () => plotly(data.plotly).then(draw)
    .catch((error) => { plot.textContent = `The chart cannot be drawn: ${error.message}.`; });
  redraw();
  PROJECTOR.addEventListener("change", redraw);
  return () => PROJECTOR.removeEventListener("change", redraw);
}
