// What HTML cannot do alone. Every page works without this file, only less smoothly:
// no live parts, no guard against a second click (the server has its own).

// A form that was sent is not sent again by a second click; a form that fails
// validation on the server comes back as a new page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  // Only afterwards, or the button's own name and value would be left out.
  setTimeout(() => event.submitter?.setAttribute("aria-busy", "true"));
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return; // back from another page: the form may be sent anew
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// Buttons open dialogs by command/commandfor; browsers before 2025 need a hand.
if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    if (button.getAttribute("command") === "close") dialog.close();
  });
}
document.addEventListener("click", (event) => {
  if (event.target.matches?.("dialog[closedby=any]")) event.target.close(); // its backdrop
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]");
  if (!label) return;
  const before = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => { label.textContent = before; }, 2000);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// Live regions (components/live.templ). The note beside a title tells honestly whether
// what is seen is current.
const live = (state) => {
  for (const note of document.querySelectorAll("[data-live-note]")) note.dataset.liveNote = state;
};
const isLive = (event) => event.target.closest?.("[data-live]");
document.addEventListener("htmx:sse:after:connection", () => live("on"));
document.addEventListener("htmx:sse:error", () => live("off"));
document.addEventListener("htmx:sse:close", (event) => {
  if (event.detail.reason !== "removed" && event.detail.reason !== "cleanup") live("ended");
});
// The stream broke off; the extension connects again on its own, the first try after half a second.
document.addEventListener("htmx:sse:before:connection", (event) => {
  if (event.detail.connection.attempt > 1) live("off");
});
// It does not do so when the very first connection fails.
const again = (event) => {
  const region = isLive(event);
  if (!region || event.target !== region) return;
  live("off");
  setTimeout(() => { if (region.isConnected) htmx.process(region, true); }, 3000);
};
document.addEventListener("htmx:error", again);
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status === 401) { // signed out elsewhere
    if (isLive(event)) location.reload();
    return;
  }
  again(event);
});

// Relative times and countdowns go on while the page is open, by the server's clock.
// The wording is that of components/time.go.
const skew = Number(document.documentElement.dataset.now || Date.now()) - Date.now();
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = (seconds) => {
  for (const [unit, size] of units) {
    const n = Math.floor(seconds / size);
    if (n >= 1) return `${n} ${unit}${n === 1 ? "" : "s"}`;
  }
  return "";
};
const nearly = (seconds) => (seconds > 36000 && seconds < 86400 ? Math.round(seconds / 3600) * 3600 : seconds);
const relative = (ms) => {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const text = words(ms < 0 ? seconds : nearly(seconds));
  if (ms < 0) return text ? `${text} ago` : "just now";
  return text ? `in ${text}` : "in less than a minute";
};
const countdown = (ms) => {
  const seconds = Math.ceil(ms / 1000);
  if (seconds <= 0) return "now";
  return seconds < 60 ? `in ${seconds} s` : relative(ms);
};
const tick = (selector, format) => {
  const now = Date.now() + skew;
  for (const time of document.querySelectorAll(selector)) {
    const text = format(Date.parse(time.dateTime) - now);
    if (time.textContent !== text) time.textContent = text;
  }
};
setInterval(() => tick("time[data-relative]", relative), 15000);
setInterval(() => tick("time[data-countdown]", countdown), 1000);

// A button may need a field that its neighbour does not: rejecting needs the reason.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-requires], button[data-optional]");
  const field = button?.form?.elements[button.dataset.requires || button.dataset.optional];
  if (field) field.required = Boolean(button.dataset.requires);
});

// The bar that leads down to the cart leaves when the cart, or what follows it, is on the screen.
const leaveCart = () => {
  const cart = document.querySelector("#cart");
  if (cart) document.documentElement.toggleAttribute("data-at-cart", cart.getBoundingClientRect().top < innerHeight - 160);
};
for (const event of ["scroll", "resize", "load"]) addEventListener(event, leaveCart, { passive: true });

// Forms that htmx sends. Whoever was signed out meanwhile goes to the sign-in page itself
// instead of seeing it in the middle of another; without an answer the browser tries the
// form in its own way, and then says itself what is wrong.
document.addEventListener("htmx:before:response", (event) => {
  const answer = event.detail.ctx.response.raw;
  if (!answer.redirected || new URL(answer.url).pathname !== "/signin") return;
  event.preventDefault();
  location.assign(answer.url);
});
document.addEventListener("htmx:error", (event) => {
  if (event.target.matches?.("form[hx-post]") && !event.detail.ctx.response) event.target.submit();
});
