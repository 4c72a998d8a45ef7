// Keeps a draft by itself while somebody fills in a page of a form. Without it every page works by its buttons.
"use strict";
(() => {
  const form = document.querySelector("main form");
  const told = document.querySelector("[data-saved]");
  if (!form || !told || !window.fetch) return;
  const isFile = form.matches("[data-files]");

  // Keeping: a while after the last change, one request at a time.
  const pause = 1500;
  let timer = 0;
  let busy = false;
  let again = false;
  let stopped = false;
  let pressed = null;
  let before = isFile ? "" : typed();

  function typed() {
    const data = new FormData(form);
    data.delete("stand");
    return new URLSearchParams(data).toString();
  }

  async function keep() {
    const now = typed();
    if (stopped || now === before) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const data = new FormData(form);
    data.set("actie", "vanzelf");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), credentials: "same-origin", keepalive: document.hidden });
      if (answer.ok) {
        const kept = await answer.json();
        form.elements.stand.value = kept.stand;
        before = now;
        told.textContent = `Bewaard om ${kept.om}.`;
      } else if (answer.status === 409) {
        stopped = true;
        told.textContent = (await answer.json()).tekst;
        told.className = "utrecht-alert utrecht-alert--warning";
      } else if (answer.status === 401) {
        told.textContent = "U bent afgemeld. Wat u typt wordt niet meer vanzelf bewaard; bewaar met de knop.";
      } else {
        throw new Error("not now");
      }
    } catch {
      told.textContent = "Nog niet bewaard: de verbinding is weg. We proberen het opnieuw.";
      timer = setTimeout(keep, pause * 4);
    } finally {
      busy = false;
      if (pressed) {
        stopped = true;
        form.requestSubmit(pressed);
      } else if (again) {
        again = false;
        keep();
      }
    }
  }

  if (!isFile) {
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, pause);
    });
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (busy) {
        event.preventDefault();
        pressed = event.submitter;
      } else stopped = true;
    });
    document.addEventListener("visibilitychange", () => document.hidden && keep());
  }
})();
