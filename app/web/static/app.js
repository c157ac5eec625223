// Convenience only: every page works without this file.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("[data-main-search]") || document.getElementById("quick-search");
  if (field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});

// After a form came back with errors, the summary takes the focus.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

// A click on submit counts once; the server takes care of the rest (creation keys).
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  window.setTimeout(() => delete form.dataset.sent, 4000);
});

// An open menu closes with Escape and with a click elsewhere.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".lb-me[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  const menu = document.querySelector(".lb-me[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

// Filters apply as soon as they are changed (words do when they are sent).
document.addEventListener("change", (event) => {
  if (!event.target.matches("select, input[type=checkbox], input[type=radio]")) return;
  const form = event.target.closest("form[data-submit-on-change]");
  if (form && event.target.form === form) form.requestSubmit();
});

// On a phone the filters start closed, and stay as the person left them when results are exchanged.
let filtersAreOpen = !window.matchMedia("(max-width: 63.99rem)").matches;
function setFilters() {
  const filters = document.querySelector("[data-filters]");
  if (!filters) return;
  filters.open = filtersAreOpen;
  filters.addEventListener("toggle", () => (filtersAreOpen = filters.open));
}
setFilters();
document.addEventListener("htmx:afterSwap", setFilters);

// A link that made room for what it opened leaves the focus there, for the keyboard to go on.
document.addEventListener("htmx:afterSettle", (event) => {
  const opened = event.target;
  if (document.activeElement !== document.body || !opened.matches(".lb-to-open, .lb-note-text")) return;
  opened.tabIndex = -1;
  opened.focus({ preventScroll: true });
});

// Words to choose from while typing.
document.querySelectorAll("input[data-suggest]").forEach((field) => {
  const list = field.list;
  let waiting;
  field.addEventListener("input", () => {
    window.clearTimeout(waiting);
    if (field.value.trim().length < 2) return;
    waiting = window.setTimeout(async () => {
      const asked = field.value;
      const address = `${field.dataset.suggest}?q=${encodeURIComponent(asked)}`;
      const answer = await fetch(address).catch(() => null);
      if (!answer || !answer.ok || answer.redirected || field.value !== asked) return;
      const options = (await answer.json()).map((words) => {
        const option = document.createElement("option");
        option.value = words;
        return option;
      });
      list.replaceChildren(...options);
    }, 150);
  });
});

// A link to copy is selected as a whole.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-select-all]")) event.target.select();
});

// Where lines are chosen, the place to put them opens by itself.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-collect]")) return;
  const panel = document.querySelector(".lb-collect");
  if (panel && event.target.checked) panel.open = true;
});
