// Convenience for the forms of the directory: everything works without this file, too.
"use strict";

// Another row of a table without a round trip: the last one is copied and emptied.
function renumber(row, table, number) {
  const old = new RegExp(`^(main-)?${table}-\\d+`);
  const next = (value) => value.replace(old, `$1${table}-${number}`);
  row.querySelectorAll("[id],[name],[for],[aria-describedby]").forEach((element) => {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.split(" ").map(next).join(" "));
    }
  });
  row.querySelectorAll("button[name=action]").forEach((button) => {
    button.value = button.value.replace(new RegExp(`(drop:${table}):\\d+$`), `$1:${number}`);
  });
}

function emptyRow(row) {
  row.querySelectorAll("input, textarea, select").forEach((field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      field.checked = field.type === "radio" && field.value === "";
    } else if (field.tagName === "SELECT") {
      field.selectedIndex = 0;
    } else {
      field.value = "";
    }
    field.removeAttribute("aria-invalid");
    field.classList.remove("kern-form-input__input--error");
  });
  row.querySelectorAll(".kern-error").forEach((error) => error.remove());
}

function nextNumber(table, box) {
  const pattern = new RegExp(`^${table}-(\\d+)`);
  const numbers = [...box.querySelectorAll("[name]")].map((field) => Number((field.name.match(pattern) || [])[1]));
  return Math.max(-1, ...numbers.filter((number) => !Number.isNaN(number))) + 1;
}

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-row]");
  if (add) {
    const table = add.value.slice("add:".length);
    const box = document.querySelector(`[data-rows="${CSS.escape(table)}"]`);
    const rows = box ? [...box.querySelectorAll("[data-row]")].filter((row) => row.closest("[data-rows]") === box) : [];
    // A block that has tables of its own comes from the server, with those tables empty.
    if (!rows.length || rows[0].querySelector("[data-rows]")) return;
    event.preventDefault();
    const last = rows[rows.length - 1];
    const row = last.cloneNode(true);
    renumber(row, table, nextNumber(table, box));
    emptyRow(row);
    if (row.getAttribute("aria-label")) {
      row.setAttribute("aria-label", row.getAttribute("aria-label").replace(/\d+$/, rows.length + 1));
    }
    last.after(row);
    showFitting(row);
    const first = row.querySelector("input:not([type=hidden]), select");
    if (first) first.focus();
    return;
  }
  const drop = event.target.closest("[data-drop-row]");
  if (drop) {
    const row = drop.closest("[data-row]");
    const box = row.closest("[data-rows]");
    const rows = [...box.querySelectorAll("[data-row]")].filter((one) => one.closest("[data-rows]") === box);
    event.preventDefault();
    if (rows.length === 1) emptyRow(row);
    else row.remove();
    const next = box.querySelector("input:not([type=hidden]), select");
    if (next) next.focus();
  }
});

// A field of a row that only makes sense with some choices of another one appears with them.
function showFitting(row) {
  row.querySelectorAll("[data-only-for]").forEach((field) => {
    const [name, codes] = field.dataset.onlyFor.split(":");
    const choice = row.querySelector(`select[name$="-${name}"]`);
    const box = field.closest(".lb-row-field");
    box.hidden = !codes.split(",").includes(choice.value) && !field.value;
  });
}
document.querySelectorAll("[data-row]").forEach(showFitting);
document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && event.target.matches("select")) showFitting(row);
});

// Another kind of offer: its fields appear as soon as it is chosen.
const kind = document.querySelector(".lb-kind-switch select");
if (kind) {
  kind.addEventListener("change", () => {
    const button = document.querySelector(".lb-kind-switch button");
    kind.form.requestSubmit(button);
  });
}

// Topics: what is chosen from the suggestions becomes a box at once.
document.querySelectorAll("[data-chips]").forEach((box) => {
  const field = box.querySelector("input[type=text]");
  const list = document.createElement("datalist");
  list.id = `${field.id}-list`;
  box.append(list);
  field.setAttribute("list", list.id);
  let known = new Map();
  let waiting;
  field.addEventListener("input", () => {
    window.clearTimeout(waiting);
    const parts = field.value.split(",");
    const typed = parts.pop().trim();
    if (known.has(typed)) {
      addBox(box, field, known.get(typed), typed);
      field.value = parts.join(",").trim();
      return;
    }
    if (typed.length < 2) return;
    waiting = window.setTimeout(async () => {
      const answer = await fetch(`${box.dataset.chips}?q=${encodeURIComponent(typed)}`).catch(() => null);
      if (!answer || !answer.ok || answer.redirected) return;
      const found = await answer.json();
      known = new Map(found.map((one) => [one.label, one.value]));
      list.replaceChildren(
        ...found.map((one) => {
          const option = document.createElement("option");
          option.value = one.label;
          if (one.word !== one.label) option.label = `${one.label} (${one.word})`;
          return option;
        })
      );
    }, 150);
  });
});

function addBox(box, field, value, label) {
  const name = box.dataset.chipsName;
  const there = [...box.querySelectorAll(`input[name="${CSS.escape(name)}"]`)].find((one) => one.value === value);
  if (there) {
    there.checked = true;
    return;
  }
  let row = box.querySelector(".lb-pills__row");
  if (!row) {
    row = document.createElement("div");
    row.className = "lb-pills__row";
    box.prepend(row);
  }
  const pill = document.createElement("span");
  pill.className = "lb-pill";
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", name, value, checked: true, id: `${name}-added-${value}`, className: "lb-pill__box" });
  const words = document.createElement("label");
  Object.assign(words, { htmlFor: input.id, textContent: label });
  pill.append(input, words);
  row.append(pill);
}

// A field to look at that is folded away is unfolded.
document.querySelectorAll(".kern-error").forEach((error) => {
  for (let fold = error.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
});
