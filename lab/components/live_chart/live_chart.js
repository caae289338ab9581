// Draws a Plotly figure and, when it changes, updates it in place: no flicker, and a viewer's zoom
// is kept (layout.uirevision). Plotly.js is the copy in the Python package, served by this server.
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
  layout.font = { ...layout.font, color: text, family: value("--st-font", "sans-serif") };
  layout.hoverlabel = { bgcolor: value("--st-secondary-background-color", "#eee"), font: { color: text } };
  layout.legend = { ...layout.legend, bgcolor: "rgba(0,0,0,0)" };
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: grid, activecolor: text };
  layout.xaxis = { ...axis, ...layout.xaxis };
  layout.yaxis = { ...axis, ...layout.yaxis };
  delete layout.template;
  return layout;
}

export default function (component) {
  const { data, parentElement } = component;
  let plot = parentElement.querySelector(".live-plot");
  if (!plot) {
    plot = document.createElement("div");
    plot.className = "live-plot";
    parentElement.appendChild(plot);
  }
  plot.style.height = `${data.figure.layout.height}px`;
  plotly(data.plotly)
    .then((Plotly) => Plotly.react(plot, data.figure.data, themed(data.figure, plot),
      { displaylogo: false, responsive: true, ...data.config }))
    .catch((error) => { plot.textContent = `The chart cannot be drawn: ${error.message}.`; });
}
