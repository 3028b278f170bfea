"use strict";
// The script of the pages: comfort only, every page works without it. Text goes in through textContent, nothing is parsed as HTML.
(() => {
const local = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short"});
const clocks = root => { for (const t of root.querySelectorAll("time[datetime]")) { const at = new Date(t.dateTime); if (!isNaN(at)) { t.title = t.textContent; t.textContent = local.format(at); } } };
clocks(document);
// On a phone the menu is a strip that is moved: where one is lies in sight.
const strip = document.querySelector(".side nav ul"), here = strip && strip.querySelector("[aria-current]");
const center = () => { if (here) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2; };
center(); addEventListener("resize", center);

// A filter applies when it is chosen; typing applies with Enter.
for (const form of document.querySelectorAll("form.filters[method=get]")) {
  form.addEventListener("change", e => { if (e.target.matches("select, input[type=checkbox], input[type=date]")) form.requestSubmit(); });
  form.addEventListener("submit", () => { for (const f of form.elements) if (f.name && !f.value) f.disabled = true; });
}
addEventListener("pageshow", () => { for (const f of document.querySelectorAll("form.filters :disabled")) f.disabled = false; });
addEventListener("keydown", e => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea")) return;
  const field = document.querySelector("input[type=search]");
  if (field) { e.preventDefault(); field.focus(); field.select(); }
});

// What cannot be taken back is asked once more.
for (const form of document.querySelectorAll("form[data-ask]")) form.addEventListener("submit", e => { if (!confirm(form.dataset.ask)) e.preventDefault(); });
// A form is sent once.
for (const form of document.querySelectorAll("form[method=post]")) form.addEventListener("submit", e => { if (e.defaultPrevented) return; if (form.dataset.sent) e.preventDefault(); form.dataset.sent = "1"; });
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });

// A part that changes by itself: `data-live` is where its JSON is, `data-key` of what lies in it which text (a.b.c), `data-while`
// the states in which it goes on, `data-when` which number must be there for a part to show, `data-max` where the whole of a progress stands; in another one the page is drawn again as a whole.
const at = (told, key) => key.split(".").reduce((o, k) => o == null ? o : o[k], told);
const nice = v => typeof v === "number" ? new Intl.NumberFormat("en").format(v).replaceAll(",", "\u202F") : v;
for (const part of document.querySelectorAll("[data-live]")) {
  const on = part.dataset.while.split(" ");
  const again = async () => {
    try {
      const answer = await fetch(part.dataset.live, {headers: {Accept: "application/json"}});
      if (answer.status === 401 || answer.status === 404) return location.reload();
      if (answer.ok) {
        const told = await answer.json();
        if (!on.includes(told.state)) return location.reload();
        for (const e of part.querySelectorAll("[data-key]")) { const v = at(told, e.dataset.key); if (e.localName === "progress") { if (e.dataset.max) e.max = at(told, e.dataset.max) || 1; e.value = v ?? 0; } else if (v != null) e.textContent = nice(v); }
        for (const e of part.querySelectorAll("[data-when]")) e.hidden = !at(told, e.dataset.when);
      }
    } catch { /* the service is away for a moment: ask again */ }
    setTimeout(again, document.hidden ? 15000 : 2000);
  };
  setTimeout(again, 2000);
}
})();
