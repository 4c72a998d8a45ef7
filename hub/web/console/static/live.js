// Renews the parts of a page that change, without moving what somebody is doing. Without it there is a link to renew.
"use strict";
(() => {
  const part = document.querySelector("[data-live]");
  if (!part || !window.fetch) return;
  const pause = 4000;
  let before = part.innerHTML;
  const stamp = document.querySelector("[data-stamp]");
  const renew = document.querySelector("[data-renew]");
  if (renew) renew.hidden = true;

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch(part.dataset.live, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error("not now");
      const text = (await answer.text()).trim();
      const busy = part.contains(document.activeElement) || part.querySelector("details[open]") || String(getSelection());
      if (text !== before && !busy) {
        part.innerHTML = text;
        before = text;
      }
      if (stamp) stamp.textContent = new Date().toLocaleTimeString("nl-NL");
      if (renew) renew.hidden = true;
    } catch {
      if (renew) renew.hidden = false;
    }
  }
  setInterval(look, pause);
})();
