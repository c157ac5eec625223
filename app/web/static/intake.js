// Saves each part of the intake as one types. Convenience: every part also has its own button.
"use strict";

const page = document.querySelector("[data-intake]");
const WAIT_TYPING_MS = 900;
const WAIT_CHOOSING_MS = 150;
const WAIT_OFFLINE_MS = 8000;

document.querySelectorAll("[data-with-script]").forEach((one) => (one.hidden = false));

class Part {
  constructor(form) {
    this.form = form;
    this.section = form.closest("section");
    this.status = this.section.querySelector("[data-status]");
    this.button = form.querySelector("[data-without-script]");
    if (!this.button) return; // to be read only
    this.button.hidden = true;
    form.addEventListener("input", (event) => this.later(isChoice(event.target) ? WAIT_CHOOSING_MS : WAIT_TYPING_MS));
    form.addEventListener("change", () => this.later(WAIT_CHOOSING_MS));
    form.addEventListener("focusout", () => this.showErrors());
    form.addEventListener("submit", (event) => {
      if (!this.button.hidden) return; // the script could not save: let the browser send it
      event.preventDefault();
      delete form.dataset.sent;
      this.later(0);
    });
  }

  later(milliseconds) {
    this.isDirty = true;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), milliseconds);
  }

  // One request at a time: what is typed meanwhile goes with the next one.
  async save() {
    if (this.isSaving) return;
    this.isSaving = true;
    this.isDirty = false;
    this.say(page.dataset.saving, "waiting");
    const answer = await fetch(this.form.action, {
      method: "POST",
      body: new FormData(this.form),
      headers: { Accept: "application/json" },
      redirect: "manual",
      keepalive: true,
    }).catch(() => null);
    this.isSaving = false;
    await this.take(answer);
    if (this.isDirty && !this.hasFailed) this.later(WAIT_CHOOSING_MS);
  }

  async take(answer) {
    this.hasFailed = true;
    if (!answer || answer.status === 503 || answer.status === 502) {
      this.say(page.dataset.offline, "problem");
      this.later(WAIT_OFFLINE_MS);
      return;
    }
    if (answer.type === "opaqueredirect") {
      this.say(page.dataset.signedOut, "problem");
      this.later(WAIT_OFFLINE_MS);
      return;
    }
    if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      this.say(page.dataset.broken, "problem");
      this.isDirty = true;
      this.button.hidden = false;
      return;
    }
    this.hasFailed = false;
    this.show(await answer.json());
  }

  show(saved) {
    this.form.elements.as_read.value = saved.as_read;
    const insist = this.form.querySelector("[data-insist]");
    insist.hidden = !saved.insist;
    const box = insist.querySelector("input");
    box.value = saved.insist;
    if (!saved.insist || !this.isDirty) box.checked = false;
    this.form.querySelectorAll("[data-proof]").forEach((one) => {
      one.hidden = !saved.weaker.includes(one.dataset.proof);
      if (one.hidden) one.querySelector("input").checked = false;
    });
    for (const [id, html] of Object.entries(saved.fragments)) document.getElementById(id).innerHTML = html;
    this.errors = saved.errors;
    this.showErrors();
    this.say(saved.status, Object.keys(saved.errors).length ? "problem" : "saved");
  }

  // What is still being typed is not found fault with.
  showErrors() {
    window.setTimeout(() => {
      if (!this.errors) return;
      this.form.querySelectorAll("[data-said]").forEach((one) => one.remove());
      this.form.querySelectorAll("[aria-invalid]").forEach((one) => mark(one, null));
      this.form.querySelectorAll(".kern-error:not([data-said])").forEach((one) => one.remove());
      for (const [id, words] of Object.entries(this.errors)) {
        const field = document.getElementById(id);
        if (!field || (field === document.activeElement && field.matches("input[type=text]"))) continue;
        say(field, words);
      }
    }, 0);
  }

  say(words, kind) {
    this.status.textContent = words;
    this.status.dataset.kind = kind;
  }
}

function isChoice(field) {
  return field.matches("select, input[type=checkbox], input[type=radio]");
}

function mark(field, id) {
  field.classList.toggle("kern-form-input__input--error", Boolean(id) && field.matches("input:not([type=checkbox]), textarea"));
  if (id) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", id);
  } else {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}

function say(field, words) {
  const error = document.createElement("p");
  error.className = "kern-error";
  error.dataset.said = "";
  error.id = `${field.id}-said`;
  const icon = document.createElement("span");
  icon.className = "kern-icon kern-icon--danger";
  icon.ariaHidden = "true";
  const text = document.createElement("span");
  text.className = "kern-body";
  text.textContent = words;
  error.append(icon, text);
  const wrapper = field.closest(".kern-form-input, .kern-form-check, fieldset, td, .lb-goal-row__words") || field;
  wrapper.append(error);
  if (field.matches("input, select, textarea")) mark(field, error.id);
}

// Another row of a table: the last one is copied, emptied and numbered on.
function addRow(button) {
  const rows = [...button.closest("fieldset").querySelectorAll("[data-row]")];
  const last = rows[rows.length - 1];
  const row = last.cloneNode(true);
  const old = `${last.dataset.row}-${rows.length - 1}-`;
  const next = `${last.dataset.row}-${rows.length}-`;
  row.querySelectorAll("[id], [name], [for]").forEach((one) => {
    for (const name of ["id", "name", "for"]) {
      if (one.hasAttribute(name)) one.setAttribute(name, one.getAttribute(name).replace(old, next));
    }
  });
  row.querySelectorAll(".kern-error").forEach((one) => one.remove());
  row.querySelectorAll("input, select").forEach((field) => {
    mark(field, null);
    if (field.tagName === "SELECT") field.selectedIndex = 0;
    else field.value = "";
  });
  last.after(row);
  row.querySelector("input, select").focus();
}

if (page) {
  const parts = [...page.querySelectorAll("form[data-autosave]")].map((form) => new Part(form));
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-row]");
    if (button) addRow(button);
  });
  // Who leaves the page within the second that we wait takes nothing along.
  const flush = () => parts.filter((part) => part.isDirty && !part.isSaving).forEach((part) => part.save());
  window.addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.hidden && flush());
  window.addEventListener("beforeunload", (event) => {
    if (parts.some((part) => part.hasFailed && part.isDirty)) event.preventDefault();
  });
}
