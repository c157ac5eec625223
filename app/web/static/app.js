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

// Filters apply as soon as they are changed.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});
