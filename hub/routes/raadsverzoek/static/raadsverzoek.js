// Eases filling in a raadsverzoek: keeps the draft by itself, looks at a file before it travels, hides what does not apply.
// Without it every page works by its buttons.
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

  // A file: its size and first bytes, before it is sent.
  const file = isFile && form.querySelector("input[type=file]");
  if (file) {
    const error = form.querySelector("[data-file-error]");
    const kinds = form.dataset.kinds.split(" ");
    const endings = form.dataset.endings.split(" ");
    const describedBy = file.getAttribute("aria-describedby") || "";
    error.id = "bestand-nu";
    file.addEventListener("change", async () => {
      const chosen = file.files[0];
      let text = "";
      if (chosen) {
        const head = new Uint8Array(await chosen.slice(0, 16).arrayBuffer());
        const hex = Array.from(head, (byte) => byte.toString(16).padStart(2, "0")).join("");
        if (!chosen.size) text = "Dit bestand is leeg. Kies het bestand opnieuw.";
        else if (chosen.size > Number(form.dataset.most)) text = "Dit bestand past er niet meer bij. Maak het kleiner of laat een ander document weg.";
        else if (!kinds.some((kind) => hex.startsWith(kind)) || !endings.some((end) => chosen.name.toLowerCase().endsWith(end)))
          text = "Een bestand van dit type kan niet mee, of de inhoud past niet bij de naam. Maak er een pdf van.";
        const made = new Date(chosen.lastModified);
        const parts = { dag: made.getDate(), maand: made.getMonth() + 1, jaar: made.getFullYear() };
        for (const [part, value] of Object.entries(parts)) {
          const input = document.getElementById(`datum-${part}`);
          if (input && !input.value) input.value = value;
        }
      }
      error.textContent = text;
      error.hidden = !text;
      file.setAttribute("aria-describedby", text ? `${describedBy} bestand-nu`.trim() : describedBy);
      if (text) file.setAttribute("aria-invalid", "true");
      else file.removeAttribute("aria-invalid");
    });
  }

  // The reason is asked of those who do not know; it is never hidden while it holds something.
  for (const part of document.querySelectorAll("[data-informed]")) {
    const reason = part.querySelector("[data-reason]");
    const show = () => {
      const chosen = part.querySelector("input[type=radio]:checked");
      reason.hidden = !(chosen && chosen.value === "nee") && !reason.querySelector("textarea").value;
    };
    part.addEventListener("change", show);
    show();
  }
})();
