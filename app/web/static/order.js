"use strict";
// One client's choices in order: changing one place swaps it with the other, and what is tried now stays
// with the first places. Without this script both are set by hand, and the server says what does not fit.
(() => {
  const rows = [...document.querySelectorAll(".lb-order__fields")].map((fields) => {
    const place = fields.querySelector("select[name^=platz-]");
    return { place, now: fields.querySelector("input[name=jetzt]"), before: place.value };
  });
  for (const row of rows) {
    row.place.addEventListener("change", () => {
      const tried = rows.filter((one) => one.now.checked).length;
      const other = rows.find((one) => one !== row && one.place.value === row.place.value);
      if (other) other.place.value = row.before;
      for (const one of rows) {
        one.before = one.place.value;
        one.now.checked = Number(one.place.value) <= tried;
      }
    });
  }
})();
