// Registering: on a phone one question fills the screen, and what is typed is kept on the device.
// Without this file the whole form stands on one page and works as well.
"use strict";

const KEEP_DAYS = 7;
const KEPT = "lotsenbuch-mitmachen-";
const NOT_KEPT = new Set(["opened", "homepage", "known", "has_read_privacy"]);

class Kept {
  constructor(name) {
    this.name = KEPT + name;
  }

  read() {
    try {
      const kept = JSON.parse(window.localStorage.getItem(this.name));
      return kept && Date.now() - kept.at < KEEP_DAYS * 86400e3 ? kept.values : null;
    } catch {
      return null; // no storage, or not ours: then nothing is kept
    }
  }

  write(values) {
    try {
      window.localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), values }));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    try {
      window.localStorage.removeItem(this.name);
    } catch {
      // nothing was kept
    }
  }
}

class Joining {
  constructor(form) {
    this.form = form;
    this.kept = new Kept(form.dataset.joining);
    this.steps = [...form.querySelectorAll("[data-step]")];
    this.back = form.querySelector("[data-back]");
    this.next = form.querySelector("[data-next]");
    this.send = form.querySelector("[data-send]");
    this.forget = form.querySelector("[data-forget]");
    this.status = form.querySelector("[data-kept]");
    this.progress = document.querySelector("[data-progress]");
    this.phone = window.matchMedia("(max-width: 40rem)");
    if (!document.querySelector("[data-problems]") && !form.querySelector("[data-known]")) this.fill();
    this.listen();
    this.show(this.firstStep(), false);
  }

  listen() {
    this.form.addEventListener("input", () => this.keep());
    this.form.addEventListener("change", () => this.keep());
    this.back.addEventListener("click", () => window.history.back());
    this.next.addEventListener("click", () => {
      if (this.isAnswered()) this.goTo(this.at + 1);
    });
    this.forget.addEventListener("click", () => {
      this.kept.forget();
      window.location.assign(window.location.pathname);
    });
    window.addEventListener("popstate", () => {
      this.show(this.stepOfAddress(), true);
      document.getElementById(window.location.hash.slice(1))?.focus();
    });
    this.phone.addEventListener("change", () => this.show(this.at, false));
  }

  // What was typed comes back: as it was, and nothing else.
  fill() {
    const values = this.kept.read();
    if (!values) return;
    for (const field of this.form.elements) {
      if (!field.name || NOT_KEPT.has(field.name) || !(field.name in values)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = values[field.name].includes(field.value);
      else field.value = values[field.name][0];
    }
    this.say();
  }

  keep() {
    const values = {};
    for (const field of this.form.elements) {
      if (!field.name || NOT_KEPT.has(field.name) || field.type === "submit") continue;
      values[field.name] ??= [];
      const isChoice = field.type === "checkbox" || field.type === "radio";
      if (!isChoice || field.checked) values[field.name].push(field.value);
    }
    if (this.kept.write(values)) this.say();
  }

  say() {
    this.status.textContent = this.status.dataset.words;
    this.forget.hidden = false;
  }

  firstStep() {
    const wrong = this.form.querySelector("[aria-invalid='true'], .kern-fieldset--error");
    return wrong ? this.stepOf(wrong) : this.stepOfAddress();
  }

  stepOf(field) {
    return Math.max(0, this.steps.findIndex((step) => step.contains(field)));
  }

  // "#schritt=3" is a question, "#plz" (in the list of mistakes) a field.
  stepOfAddress() {
    const field = document.getElementById(window.location.hash.slice(1));
    if (field && this.form.contains(field)) return this.stepOf(field);
    const number = Number(new URLSearchParams(window.location.hash.slice(1)).get("schritt"));
    return Number.isInteger(number) ? Math.min(Math.max(number - 1, 0), this.steps.length - 1) : 0;
  }

  // Whether what this question needs is there; what is missing is said at once, at its field.
  isAnswered() {
    const step = this.steps[this.at];
    for (const needed of step.querySelectorAll("[data-needed]")) {
      const isGroup = needed.matches("fieldset");
      const field = isGroup ? needed.querySelector("input") : needed;
      const typed = needed.value?.trim() ?? "";
      const isThere = isGroup
        ? [...step.querySelectorAll("input")].some((one) => one.checked || (one.type === "text" && one.value.trim()))
        : new RegExp(needed.dataset.shape ?? ".+", "u").test(typed);
      field.setCustomValidity(isThere ? "" : needed.dataset.needed);
      if (!isThere) {
        step.addEventListener("input", () => field.setCustomValidity(""), { once: true });
        field.reportValidity();
        return false;
      }
    }
    return true;
  }

  goTo(number) {
    window.history.pushState(null, "", `#schritt=${number + 1}`);
    this.show(number, true);
  }

  show(number, isMoving) {
    this.at = number;
    const isPhone = this.phone.matches && !this.form.querySelector("[data-known]");
    const isLast = number === this.steps.length - 1;
    this.steps.forEach((step, index) => (step.hidden = isPhone && index !== number));
    this.next.hidden = !isPhone || isLast;
    this.send.hidden = isPhone && !isLast;
    this.back.hidden = !isPhone || number === 0;
    this.progress.hidden = !isPhone;
    const words = this.progress.querySelector("[data-progress-words]");
    words.textContent = words.dataset.words.replace("{step}", number + 1).replace("{count}", this.steps.length);
    this.progress.querySelector("progress").value = (number + 1) / this.steps.length;
    if (isMoving && isPhone) {
      this.steps[number].querySelector("h2").focus();
      window.scrollTo(0, 0);
    }
  }
}

document.querySelectorAll("[data-joining]").forEach((form) => new Joining(form));
if (document.querySelector("[data-sent]")) ["volunteer", "organisation"].forEach((name) => new Kept(name).forget());
