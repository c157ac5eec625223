// The sheet opens in a window of its own; meanwhile this one goes back to the case, which shows the
// referral then. Without this file the panel simply stays open.
"use strict";

document.addEventListener("submit", (event) => {
  const address = event.target.dataset.then;
  if (address) window.setTimeout(() => window.location.assign(address), 1200);
});
