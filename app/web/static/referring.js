// The sheet opens in a window of its own; meanwhile this one goes back to the case, which shows the
// referral then. Without this file the panel simply stays open.
"use strict";

document.addEventListener("submit", (event) => {
  const address = event.target.dataset.then;
  const opensSheet = event.submitter && event.submitter.formTarget === "_blank";
  if (address && opensSheet) window.setTimeout(() => window.location.assign(address), 1200);
});

// The links to the consent ask for what is ticked now.
for (const links of document.querySelectorAll("[data-follows]")) {
  const boxes = document.querySelectorAll(`input[name="${links.dataset.follows}"]`);
  const follow = () => {
    const ticked = [...boxes].filter((box) => box.checked).map((box) => box.value);
    for (const link of links.querySelectorAll("a")) {
      const address = new URL(link.href);
      address.searchParams.delete(links.dataset.parameter);
      for (const code of ticked) address.searchParams.append(links.dataset.parameter, code);
      link.href = address.href;
    }
  };
  for (const box of boxes) box.addEventListener("change", follow);
}
