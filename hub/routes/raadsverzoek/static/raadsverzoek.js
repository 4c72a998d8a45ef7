// Eases filling in a raadsverzoek: looks at a file before it travels, hides what does not apply. forms.js keeps the draft.
// Without it every page works by its buttons.
"use strict";
(() => {
  const form = document.querySelector("main form");
  if (!form) return;

  // A file: its size and first bytes, before it is sent.
  const file = form.matches("[data-files]") && form.querySelector("input[type=file]");
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
