// Light or dark, before the first paint: loaded without defer, so it must stay small.
// "system" follows the system, also when that changes while the page is open.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  let choice = "system";
  try { choice = localStorage.getItem("theme") || "system"; } catch { /* storage is forbidden: follow the system */ }

  const show = () => {
    const dark = choice === "dark" || (choice !== "light" && system.matches);
    root.classList.toggle("dark", dark);
    root.classList.toggle("light", !dark);
    root.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };

  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", show);
  addEventListener("storage", (event) => {
    if (event.key === "theme") { choice = event.newValue || "system"; show(); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    choice = button.dataset.themeChoice;
    try { localStorage.setItem("theme", choice); } catch { /* holds for this page only */ }
    show();
  });
})();
