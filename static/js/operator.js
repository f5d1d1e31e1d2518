// The operator's pages, only smoother: clocks that go on, copying, the size of the graph, and
// the place on the page that is kept when another state is selected.

// What server clock and browser clock differ by, as in app.js.
const serverSkew = Number(document.documentElement.dataset.now || Date.now()) - Date.now();

// The wording is that of components.Duration.
const duration = (ms) => {
  const s = Math.floor(ms / 1000);
  if (ms > 0 && ms < 1000) return `${Math.max(0, Math.floor(ms))} ms`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
};
const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const clocks = () => {
  const now = Date.now() + serverSkew;
  for (const time of document.querySelectorAll("time[data-elapsed]")) write(time, duration(now - Date.parse(time.dateTime)));
  for (const text of document.querySelectorAll("[data-until]")) {
    const left = Number(text.dataset.until) - now;
    write(text, duration(Math.max(0, Math.ceil(left / 1000) * 1000) || 0));
  }
};
setInterval(clocks, 1000);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-from]");
  const source = button && document.getElementById(button.dataset.copyFrom);
  if (!source) return;
  await navigator.clipboard.writeText(source.textContent);
  const label = button.querySelector("[data-copy-label]");
  label.textContent = "Copied";
  setTimeout(() => { label.textContent = "Copy"; }, 2000);
});

// The size of the graph stands on the root element, which no live message touches.
const sizes = ["50", "65", "80", "100", "125", "150"];
const root = document.documentElement;
const graphBox = () => document.getElementById("graph-scroll");
const shownSize = () => {
  const svg = graphBox()?.querySelector("svg");
  return svg ? 100 * svg.getBoundingClientRect().width / Number(svg.getAttribute("width")) : 100;
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-graph-zoom]");
  if (!button) return;
  const now = shownSize();
  const next = {
    in: () => sizes.find((size) => size > now + 1) ?? sizes.at(-1),
    out: () => sizes.findLast((size) => size < now - 1) ?? sizes[0],
    fit: () => "fit",
  }[button.dataset.graphZoom]();
  root.dataset.graphSize = next;
  try { sessionStorage.setItem("graph-size", next); } catch { /* for this page only */ }
  showSelected();
});
try { if (sessionStorage.getItem("graph-size")) root.dataset.graphSize = sessionStorage.getItem("graph-size"); } catch { /* the usual size */ }

// showSelected brings the selected state into the box, without moving the page, and moves the
// drawing no further than that takes: the way begins at its top left.
const showSelected = () => {
  const box = graphBox();
  const node = box?.querySelector(".graph-node[aria-current] .box") ?? box?.querySelector(".graph-circle");
  if (!node) return;
  const around = 64;
  box.scrollLeft = box.scrollTop = 0;
  const outer = box.getBoundingClientRect(), inner = node.getBoundingClientRect();
  box.scrollLeft = Math.max(0, inner.right + around - outer.right);
  box.scrollTop = Math.max(0, inner.bottom + around - outer.bottom);
};

// Selecting a state loads the page with that state. On a wide window the panel stands beside the
// graph, so everything stays where it was; on a narrow one the link's own #state leads to it.
const wide = matchMedia("(min-width: 72rem)");
const place = "execution-place";
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-keep-scroll]");
  if (!link || !wide.matches || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const to = new URL(link.getAttribute("href"), location.href);
  const box = graphBox();
  try {
    sessionStorage.setItem(place, JSON.stringify({ path: to.pathname, top: scrollY, graph: [box?.scrollLeft ?? 0, box?.scrollTop ?? 0] }));
  } catch { return; }
  to.hash = "";
  event.preventDefault();
  location.assign(to);
});
const restore = () => {
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(place));
    sessionStorage.removeItem(place);
  } catch { /* begin at the top */ }
  if (!kept || kept.path !== location.pathname) return false;
  scrollTo({ top: kept.top, behavior: "instant" });
  const box = graphBox();
  if (box) [box.scrollLeft, box.scrollTop] = kept.graph;
  return true;
};
clocks();
if (!restore()) showSelected();
