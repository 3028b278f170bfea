"use strict";
// The one script of the report. Text goes in through textContent only; nothing is parsed as HTML.
(async () => {
const $ = id => document.getElementById(id);
const make = (tag, name, ...kids) => { const e = document.createElement(tag); if (name) e.className = name; e.append(...kids); return e; };
const WORDS = ["Fail", "Fail, waived", "Unknown", "Error", "Pass", "Not applicable", "Manual"], KINDS = ["fail", "waived", "unknown", "error", "pass", "notapplicable", "notchecked"];
const SHAPES = ["\u25A0", "\u25A3", "\u25A8", "\u25A8", "\u2713", "\u2013", "\u25CB"], SEVERITIES = ["critical", "high", "medium", "low", "info"], ORDER = [0, 3, 1, 2, 4, 5, 6], PASS = 4;
const HIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\uFFFD]|\uDB40[\uDC00-\uDDFF]/g;
const number = new Intl.NumberFormat("en"), nice = n => number.format(n).replaceAll(",", "\u202F"), local = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "long"});
const code = c => c === "\uFFFD" ? "broken byte" : "U+" + c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
const plain = (text, limit = 200) => (text.length > limit ? text.slice(0, limit) + " \u2026" : text).replace(HIDDEN, c => "\u27E8" + code(c) + "\u27E9");
const spelled = text => { // for the proof: hidden characters as marked tokens
  const out = document.createDocumentFragment(); let from = 0;
  for (const m of text.matchAll(HIDDEN)) { out.append(text.slice(from, m.index), make("span", "ctl", code(m[0]))); from = m.index + m[0].length; }
  out.append(text.slice(from)); return out;
};
for (const t of document.querySelectorAll("time")) { t.title = t.textContent; t.textContent = local.format(new Date(t.dateTime)); }

const line = $("status-line"), grid = $("grid"), body = $("body"), proof = $("proof"), form = $("filters");
form.addEventListener("submit", e => e.preventDefault());
async function open() {
  const block = $("data"), text = block.textContent; block.remove();
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), c => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}
let d;
try { d = await open(); } catch (why) {
  line.textContent = typeof DecompressionStream === "undefined" ? "This browser is too old to list the findings. The summary on this page is complete; open the file in a browser from 2023 or later."
    : "The findings in this file are damaged (" + why.message + "). Fetch the report again and compare its digest.";
  return;
}
performance.mark("decoded");

// Columns. One entry per finding; its observations stand at O[i] up to O[i + 1] in the columns below. The form is that of auditor/reporting/columns.py.
const N = d.status.length, M = d.kind.length, T = new Uint32Array(N), R = Uint16Array.from(d.rule), S = new Uint8Array(N), V = new Uint8Array(N), SUB = new Int32Array(N), WHY = new Int32Array(N), O = new Uint32Array(N + 1);
const PATH = new Uint32Array(M), EXP = new Uint32Array(M), ACT = new Uint32Array(M), SRC = new Uint32Array(M), AT = new Float64Array(M), W = new Map();
const rules = d.rules.map(([id, title, family, fix, refs, why, cat, steps, check]) => ({id, title, family, fix, refs, why, cat, steps, check}));
{ let fresh = 0, at = 0, t = -1, m = 0;
  const kept = new Map(), read = (name, r, place, code) => {
    const key = name + (r * 4096 + place);
    if (code === 0) return kept.get(key);
    const v = code === 1 ? fresh++ : code - 2; kept.set(key, v); return v;
  };
  for (let i = 0; i < N; i++) {
    while (d.offset[t + 1] === i) t++;
    const r = R[i]; T[i] = t; S[i] = {f: 0, u: 2, e: 3, p: 4, n: 5, m: 6}[d.status[i]]; V[i] = +d.severity[i]; O[i] = m;
    SUB[i] = d.subject[i] < 0 ? -1 : read("s", r, 0, d.subject[i]); WHY[i] = d.reason[i] < 0 ? -1 : read("w", r, 0, d.reason[i]);
    for (let place = 0; place < d.many[i]; place++, m++) {
      PATH[m] = read("p", r, place, d.path[m]); EXP[m] = read("e", r, place, d.expected[m]); ACT[m] = read("a", r, place, d.actual[m]); SRC[m] = read("o", r, place, d.source[m]); AT[m] = d.at[m] === null ? NaN : 1000 * (at += d.at[m]);
    }
  }
  O[N] = m;
  for (const i in d.waived) { W.set(+i, d.waived[i]); S[i] = 1; }
  d.rule = d.subject = d.reason = d.many = d.path = d.expected = d.actual = d.source = d.at = d.waived = d.status = d.severity = null;
}
const text = k => k < 0 ? "" : d.texts[k];
// What the list shows of a finding in its last column: why it is unknown, else what was found.
const gist = i => S[i] === 2 || S[i] === 3 || S[i] > PASS || O[i] === O[i + 1] ? WHY[i] : ACT[O[i]];
let lower = null;
const index = () => lower ??= {texts: d.texts.map(v => v.toLowerCase()), targets: d.targets.map(t => [t[0], d.groups[t[1]], t[2], t[3]].join(" ").toLowerCase()),
  rules: rules.map(r => [r.id, r.title, r.refs, ...(d.families[r.family] ?? [])].join(" ").toLowerCase())};
(window.requestIdleCallback ?? setTimeout)(index);

// Filter: look each word up once per distinct value, then walk the columns.
const fields = ["status", "severity", "family", "cluster", "rule", "group"];
let only = null; // a link to one finding: the list shows that one until a filter is touched
let view = new Int32Array(0), groups = [], now = 0, sort = {key: "worst", down: false}, drawn = 0;
const filtered = () => only || fields.slice(0, 5).some(f => $(f).value) || $("q").value.trim();
function matches() {
  const low = index(), words = $("q").value.toLowerCase().split(/\s+/).filter(Boolean).map(w => ({
    t: low.targets.map(x => x.includes(w)), r: low.rules.map(x => x.includes(w)), v: low.texts.map(x => x.includes(w))}));
  const status = $("status").value, wanted = KINDS.map(k => !status || k === status || status === "open" && (k === "fail" || k === "unknown" || k === "error"));
  const sev = SEVERITIES.indexOf($("severity").value), fam = d.families.findIndex(f => f[0] === $("family").value), rid = $("rule").value, cl = d.groups.indexOf($("cluster").value);
  const ruleOk = rules.map(r => (fam < 0 || r.family === fam) && (!rid || r.id === rid)), targetOk = d.targets.map(t => cl < 0 || t[1] === cl);
  const out = new Int32Array(N); let n = 0;
  scan: for (let i = 0; i < N; i++) {
    if (!wanted[S[i]] || !ruleOk[R[i]] || !targetOk[T[i]] || sev >= 0 && V[i] !== sev || only && !only(i)) continue;
    word: for (const w of words) {
      if (w.t[T[i]] || w.r[R[i]] || SUB[i] >= 0 && w.v[SUB[i]] || WHY[i] >= 0 && w.v[WHY[i]]) continue;
      for (let m = O[i]; m < O[i + 1]; m++) if (w.v[ACT[m]] || w.v[PATH[m]] || w.v[SRC[m]] || w.v[EXP[m]]) continue word;
      continue scan;
    }
    out[n++] = i;
  }
  return out.subarray(0, n);
}
let ranks = null;
function textRank() { // made once, on the first sort by text
  if (ranks) return ranks;
  const all = d.texts.map(v => v.slice(0, 80)), compare = new Intl.Collator("en", {numeric: true}).compare, order = Uint32Array.from(all.keys()).sort((x, y) => compare(all[x], all[y]));
  ranks = new Uint32Array(all.length); order.forEach((v, k) => { ranks[v] = k + 1; }); return ranks;
}
const byText = k => k < 0 ? 0 : textRank()[k];
let ruleRank = null;
const KEYS = {worst: i => ORDER[S[i]] * 8 + V[i], status: i => ORDER[S[i]], severity: i => V[i], target: i => T[i], subject: i => byText(SUB[i]), actual: i => byText(gist(i)),
  rule: i => (ruleRank ??= (order => { const at = []; order.forEach((r, k) => { at[r] = k; }); return at; })([...rules.keys()].sort((x, y) => rules[x].title < rules[y].title ? -1 : 1)))[R[i]]};
function sorted(rows) {
  const by = $("group").value, of = by === "rule" ? R : by === "target" ? T : null, key = KEYS[sort.key], span = 2 ** 20;
  let place = null, tally = null;
  if (of) {
    tally = new Map(); for (const i of rows) tally.set(of[i], (tally.get(of[i]) ?? 0) + 1);
    place = new Map([...tally.keys()].sort((x, y) => tally.get(y) - tally.get(x) || x - y).map((g, k) => [g, k]));
  }
  const keyed = new Float64Array(rows.length);
  rows.forEach((i, k) => { const v = key(i); keyed[k] = ((of ? place.get(of[i]) * span : 0) + (sort.down ? span - 1 - v : v)) * N + i; });
  keyed.sort();
  groups = [];
  if (!of) return Int32Array.from(keyed, k => k % N);
  const out = []; let last = -1;
  for (const k of keyed) {
    const i = k % N, g = of[i];
    if (g !== last) { groups.push([by === "rule" ? `${rules[g].title} (${rules[g].id})` : plain(d.targets[g][0], 80), tally.get(g)]); out.push(-groups.length); last = g; }
    out.push(i);
  }
  return Int32Array.from(out);
}

// Virtual rows: a tall empty box, some forty real rows moved to where the reader looks.
const narrow = matchMedia("(max-width:720px)"), height = () => narrow.matches ? 58 : 34, pool = [];
const headHeight = () => $("head").offsetHeight;
function row(k) {
  const size = 64, slot = k % size;
  let e = pool[slot];
  if (!e) {
    e = pool[slot] = make("div", "row"); e.setAttribute("role", "row");
    for (let c = 0; c < 6; c++) { const cell = make("span"); cell.setAttribute("role", "gridcell"); e.append(cell); }
    body.append(e);
  }
  if (e.key !== k || e.made !== drawn) {
    e.key = k; e.made = drawn; e.id = "r" + k; e.setAttribute("aria-rowindex", k + 2);
    const i = view[k], cells = e.children, top = k * height();
    e.style.transform = `translateY(${top}px)`; e.hidden = false;
    if (i < 0) {
      const [name, n] = groups[-i - 1]; e.classList.add("group"); cells[0].textContent = `${name}: ${nice(n)}`; cells[0].className = "";
      for (let c = 1; c < 6; c++) { cells[c].textContent = ""; cells[c].hidden = true; }
    } else {
      const r = rules[R[i]]; e.classList.remove("group");
      const says = [SHAPES[S[i]] + " " + (S[i] === 5 ? "N/A" : WORDS[S[i]]), SEVERITIES[V[i]], plain(d.targets[T[i]][0]), plain(r.title), plain(text(SUB[i])) || "\u2013", plain(text(gist(i)))];
      for (let c = 0; c < 6; c++) { cells[c].hidden = false; cells[c].textContent = says[c]; cells[c].className = c === 0 ? KINDS[S[i]] + "-t" : c === 1 ? "sev " + SEVERITIES[V[i]] : c === 5 ? "mono" : ""; }
    }
  }
  e.classList.toggle("now", k === now); e.setAttribute("aria-selected", k === now);
  return e;
}
let queued = false;
function draw() {
  queued = false;
  const h = height(), first = Math.max(0, Math.floor(grid.scrollTop / h) - 6), last = Math.min(view.length, first + Math.ceil(grid.clientHeight / h) + 14, first + 64);
  body.style.height = view.length * h + "px";
  for (const e of pool) if (e && (e.key < first || e.key >= last)) { e.hidden = true; e.removeAttribute("id"); e.key = -1; }
  for (let k = first; k < last; k++) row(k);
  if (view.length && now >= first && now < last) grid.setAttribute("aria-activedescendant", "r" + now); else grid.removeAttribute("aria-activedescendant");
}
const later = () => { if (!queued) { queued = true; requestAnimationFrame(draw); } };

let empty = null;
function apply() {
  view = sorted(matches()); now = view.length > 1 && view[0] < 0 ? 1 : 0; drawn++;
  const tally = WORDS.map(() => 0); for (const i of view) if (i >= 0) tally[S[i]]++;
  const n = tally.reduce((x, y) => x + y);
  line.textContent = `${nice(n)} of ${nice(N)} findings` + (n ? ": " + WORDS.map((w, k) => tally[k] ? `${nice(tally[k])} ${w.toLowerCase()}` : "").filter(Boolean).join(", ") : "");
  grid.setAttribute("aria-rowcount", view.length + 1);
  empty?.remove(); empty = null;
  if (!n) { empty = make("p", "empty", N ? "No finding matches. Take a word out of the search, or press Clear." : "There is no finding: no rule applied to any target."); grid.after(empty); }
  grid.classList.toggle("none", !n);
  grid.scrollTop = 0; draw(); show();
}
function move(to) {
  if (!view.length) return;
  const step = to < now ? -1 : 1; now = Math.max(0, Math.min(view.length - 1, to));
  if (view[now] < 0) now = Math.max(0, Math.min(view.length - 1, now + (now === 0 ? 1 : step)));
  const h = height(), top = now * h, room = grid.clientHeight - headHeight();
  if (top < grid.scrollTop) grid.scrollTop = top; else if (top + h > grid.scrollTop + room) grid.scrollTop = top + h - room;
  draw(); show();
}

// Proof of one finding. A value, "absent" and "not read" look different.
function long(value, look) {
  const box = make("code", "value " + look);
  if (value.length <= 1500) { box.append(spelled(value)); return box; }
  const all = make("button", "", `Show all ${nice(value.length)} characters`); all.type = "button";
  box.append(spelled(value.slice(0, 700)), " \u2026 ", spelled(value.slice(-200)));
  all.addEventListener("click", () => { box.replaceChildren(spelled(value)); all.remove(); });
  return make("div", "", box, all);
}
// The key of a finding: target, rule and subject. Stable from run to run.
const keyOf = i => new URLSearchParams({finding: rules[R[i]].id, target: d.targets[T[i]][0], ...(SUB[i] < 0 ? {} : {subject: text(SUB[i])})});
let shown = -1;
function show() {
  const i = view.length ? view[now] : -1;
  if (i === shown) return; shown = i;
  if (!(i >= 0)) { proof.replaceChildren(make("p", "note", "Choose a finding to see its proof.")); return; }
  const r = rules[R[i]], t = d.targets[T[i]], w = W.has(i) ? d.waivers[W.get(i)] : null, parts = [];
  let facts = make("dl", "facts");
  const fact = (name, value) => { if (value) facts.append(make("dt", "", name), make("dd", "", typeof value === "string" ? spelled(value) : value)); };
  const name = make("bdi"); name.append(spelled(t[0])); if (t[5]) name.append(" ", make("span", "tag", "synthetic"));
  fact("Target", name); fact("Subject", text(SUB[i]));
  fact("Group", make("bdi", "", spelled(d.groups[t[1]]))); fact("Platform", `${t[3]}, ${t[4] === "collected" ? "read" : "not read"} through ${t[2]}`); fact(S[i] === 2 || S[i] === 3 ? "Why unknown" : "Reason", text(WHY[i]));
  fact("Waiver", w && `${w[0]}, until ${w[2]}, approved by ${w[1]}: ${w[3]}`); fact("Not waived", (d.lapsed || {})[i]);
  parts.push(facts);
  for (let m = O[i]; m < O[i + 1]; m++) {
    const kind = d.kind[m], when = make("time");
    if (AT[m]) { when.textContent = local.format(AT[m]); when.title = new Date(AT[m]).toISOString(); }
    facts = make("dl", "facts");
    fact("Path", make("code", "", spelled(text(PATH[m])))); fact("Expected", long(text(EXP[m]), ""));
    fact(kind === "v" ? "Actual" : "Answer", long(text(ACT[m]), kind === "v" ? (S[i] < 2 ? "bad" : "") : "none"));
    fact("Source", make("code", "", spelled(text(SRC[m])))); if (AT[m]) fact("Read at", when);
    parts.push(make("div", "seen", facts));
  }
  facts = make("dl", "facts");
  fact("Fix", S[i] < PASS && r.fix); fact("Steps", S[i] === 6 && r.steps); fact("Check by hand", S[i] !== 6 && r.check && spelled(r.check)); fact("Why it matters", r.why); fact("References", r.refs + (r.cat ? `; CAT ${r.cat}` : ""));
  parts.push(make("div", "seen", facts));
  const link = make("a", "", "Link to this finding"); link.href = "#" + keyOf(i);
  const title = make("h3"); title.append(spelled(r.title));
  proof.replaceChildren(make("p", "note", make("b", KINDS[S[i]] + "-t", SHAPES[S[i]] + " " + WORDS[S[i]]), `, ${SEVERITIES[V[i]]}, ${(d.families[r.family] ?? ["", ""])[1]} `, pageLink(r)), title, ...parts, make("p", "note", link));
}

// Rule pages: what, why, how to check by hand, the fix, references. Each is filled when it is opened.
const pages = $("rulelist"), pageOf = new Map();
function pageLink(r) { const a = make("a", "", make("code", "", r.id)); a.href = "#rule-" + r.id; a.title = "Page of this rule"; return a; }
function fill(page, r) {
  if (page.children.length > 1) return;
  const facts = make("dl", "facts"), fact = (name, value) => { if (value) facts.append(make("dt", "", name), make("dd", "lines", typeof value === "string" ? spelled(value) : value)); };
  const all = make("a", "", "Findings of this rule"); all.href = "#" + new URLSearchParams({rule: r.id});
  fact("Rule", make("code", "", r.id)); fact("Family", (d.families[r.family] ?? ["", ""])[1]); fact("Why it matters", r.why); fact(r.steps ? "Steps" : "Check by hand", r.steps || r.check); fact("Fix", r.fix); fact("References", r.refs + (r.cat ? `; CAT ${r.cat}` : ""));
  page.append(facts, make("p", "note", all));
}
for (const r of rules) {
  const page = make("details", "", make("summary", "", spelled(r.title), " ", make("code", "", r.id)));
  page.id = "rule-" + r.id; page.addEventListener("toggle", () => { if (page.open) fill(page, r); });
  pageOf.set(page.id, page); pages.append(page);
}
$("rq").addEventListener("input", e => {
  const words = e.target.value.toLowerCase().split(/\s+/).filter(Boolean); let n = 0;
  for (const r of rules) { const text = [r.id, r.title, r.refs, r.why, r.fix, r.check, r.steps].join(" ").toLowerCase(), on = words.every(w => text.includes(w)); pageOf.get("rule-" + r.id).hidden = !on; n += on; }
  $("rcount").textContent = `${nice(n)} of ${nice(rules.length)} rules`;
});
function turn() {
  const page = pageOf.get(location.hash.slice(1)); if (!page) return;
  page.hidden = false; page.open = true; fill(page, rules.find(r => page.id === "rule-" + r.id)); page.firstChild.focus();
  requestAnimationFrame(() => requestAnimationFrame(() => page.scrollIntoView()));
}
addEventListener("hashchange", turn);

// Head of the table, keys, links.
const heads = [["status", "Status"], ["severity", "Severity"], ["target", "Target"], ["rule", "Rule"], ["subject", "Subject"], ["actual", "Found, or why not"]].map(([key, text]) => {
  const b = make("button", "", text), cell = make("span", "", b); b.type = "button"; cell.setAttribute("role", "columnheader");
  b.addEventListener("click", () => { sort = {key, down: sort.key === key && !sort.down}; heads.forEach(h => h.mark()); apply(); });
  cell.mark = () => { const on = sort.key === key; if (on) cell.setAttribute("aria-sort", sort.down ? "descending" : "ascending"); else cell.removeAttribute("aria-sort"); b.textContent = text + (on ? sort.down ? " \u2193" : " \u2191" : ""); };
  return cell;
});
$("head").append(...heads);
grid.addEventListener("scroll", later, {passive: true});
new ResizeObserver(() => { drawn++; later(); }).observe(grid);
body.addEventListener("click", e => { const hit = e.target.closest(".row"); if (hit) { move(hit.key); if (matchMedia("(max-width:1000px)").matches) { proof.scrollIntoView({block: "start"}); proof.focus({preventScroll: true}); } } });
grid.addEventListener("keydown", e => {
  if (e.target !== grid) return;
  const page = Math.max(1, Math.floor((grid.clientHeight - headHeight()) / height()) - 1), to = {ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: view.length - 1}[e.key];
  if (to !== undefined) { e.preventDefault(); move(to); } else if (e.key === "Enter") { e.preventDefault(); proof.focus(); proof.scrollIntoView({block: "nearest"}); }
});
proof.addEventListener("keydown", e => { if (e.key === "Escape") { grid.focus(); grid.scrollIntoView({block: "nearest"}); } });
document.addEventListener("keydown", e => { if (e.key === "/" && !/INPUT|SELECT/.test(e.target.tagName) && !e.ctrlKey && !e.metaKey) { e.preventDefault(); $("q").focus(); $("q").select(); } });
$("q").addEventListener("keydown", e => { if (e.key === "ArrowDown" || e.key === "Enter") { e.preventDefault(); grid.focus(); } });
form.addEventListener("input", () => { only = null; apply(); });
form.addEventListener("reset", () => setTimeout(() => { only = null; sort = {key: "worst", down: false}; heads.forEach(h => h.mark()); apply(); }));
function follow() {
  if (!location.hash.includes("=")) return false;
  const want = new URLSearchParams(location.hash.slice(1));
  for (const f of [...fields, "q"]) $(f).value = want.get(f) ?? "";
  const r = rules.findIndex(x => x.id === want.get("finding")), t = d.targets.findIndex(x => x[0] === want.get("target")), subject = want.get("subject");
  only = want.has("finding") ? i => R[i] === r && T[i] === t && (subject === null ? SUB[i] < 0 : text(SUB[i]) === subject) : null;
  apply(); $("findings").scrollIntoView(); grid.focus({preventScroll: true}); return true;
}
addEventListener("hashchange", follow);

// Heat map: name the host under the pointer, open it on a click.
const heat = document.querySelector(".heat");
const under = e => { const s = e.target.closest("svg[data-t]"); if (!s) return null; const at = s.dataset.t.split(","), box = s.getBoundingClientRect(); return [+at[Math.min(at.length - 1, Math.max(0, Math.floor((e.clientX - box.left) / box.width * at.length)))], d.families[s.dataset.f]]; };
heat?.addEventListener("pointermove", e => { const hit = under(e); if (hit) $("heattip").textContent = `${plain(d.targets[hit[0]][0], 80)}, ${hit[1]?.[1] ?? "all families"}. Click to see its findings.`; });
heat?.addEventListener("click", e => { const hit = under(e); if (hit) location.hash = new URLSearchParams({q: d.targets[hit[0]][0], family: hit[1]?.[0] ?? ""}); });

// Print: the filtered rows, or all that fail or are unknown; built only when needed.
const CAP = 20000;
addEventListener("beforeprint", () => {
  const rows = [...view].filter(i => i >= 0 && (filtered() || S[i] < PASS)), per = new Map(), out = $("print");
  for (const i of rows.slice(0, CAP)) (per.get(R[i]) ?? per.set(R[i], []).get(R[i])).push(i);
  out.replaceChildren(make("h2", "", filtered() ? "Findings that match the filter" : "Failing and unknown findings"), make("p", "note", `${nice(rows.length)} findings, per rule, worst first. Times in UTC.` + (rows.length > CAP ? ` Only the first ${nice(CAP)} are printed; set a filter to print others.` : "")));
  const worst = list => Math.min(...list.slice(0, 1000).map(i => V[i]));
  for (const [r, list] of [...per].sort((x, y) => worst(x[1]) - worst(y[1]) || y[1].length - x[1].length)) {
    const table = make("table", "", make("colgroup", "", ...Array.from({length: 4}, () => make("col")))), rule = rules[r];
    table.append(make("thead", "", make("tr", "", ...["Target, subject", "Status, found", "Expected", "Source, read at"].map(x => make("th", "", x)))));
    const tb = make("tbody"); table.append(tb);
    for (const i of list) {
      const m = O[i], seen = O[i] < O[i + 1], more = O[i + 1] - m - 1;
      tb.append(make("tr", "", make("td", "", plain(d.targets[T[i]][0], 120) + (SUB[i] < 0 ? "" : ", " + plain(text(SUB[i]), 80))), make("td", "", SHAPES[S[i]] + " " + WORDS[S[i]] + ": " + plain(text(gist(i)), 160) + (more > 0 ? ` (and ${more} more)` : "")),
        make("td", "", seen ? plain(text(EXP[m]), 120) : ""), make("td", "", seen ? plain(text(SRC[m]), 80) + (AT[m] ? ", " + new Date(AT[m]).toISOString().slice(0, 19) + "Z" : "") : "")));
    }
    out.append(make("h3", "", `${SEVERITIES[worst(list)]}: ${plain(rule.title)} (${rule.id}), ${nice(list.length)}`), make("p", "note", plain(rule.fix, 600)), table);
  }
});
addEventListener("afterprint", () => $("print").replaceChildren());

if (!follow()) apply();
turn();
performance.mark("ready");
})();
