/* Tables: sorted by a column, narrowed by words, copied as CSV; findings narrowed by attribute, rate
   and status. Without scripts every table is there whole. Text goes in as text, never as markup. */
(() => {
  "use strict";
  const say = JSON.parse(document.getElementById("table-words").textContent);
  const make = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const filled = (text, parts) => text.replace(/\{(\w+)\}/g, (gap, name) => parts[name] ?? gap);

  /* What a cell says: its first line, and the smaller lines below. */
  const lines = (cell) => {
    const copy = cell.cloneNode(true);
    for (const hidden of copy.querySelectorAll(".unseen")) hidden.remove();
    for (const long of copy.querySelectorAll("details.long")) long.replaceWith(long.querySelector("span").textContent);
    const small = [...copy.querySelectorAll("small")].map((part) => { part.remove(); return part.textContent; });
    return [copy.textContent, ...small].map((text) => text.replace(/\s+/g, " ").trim());
  };
  const plain = (text) => text.replace(/\u2212/g, "-");
  const value = (text) => {
    const found = plain(text).replace(/^[<>±]\s*/, "").match(/^[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?/);
    return found ? Number(found[0].replace(/,/g, "")) : null;
  };
  const compared = (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x !== null && y !== null) return x - y;
    if (x !== null || y !== null) return x === null ? 1 : -1;
    return a.localeCompare(b, undefined, { numeric: true });
  };

  /* CSV: quoted; what a spreadsheet would run gets an apostrophe, numbers stay numbers. */
  const guarded = (text) => {
    if (/^[+-]?\d[\d,]*(\.\d+)?(e[+-]?\d+)?$/.test(plain(text))) return plain(text).replace(/[,+]/g, "");
    return text.replace(/(^|[;\t"|])(\s*)([=+\-@＝＋－＠])/g, "$1$2'$3");
  };
  const csv = (rows) => rows.map((row) => row.map((text) => `"${guarded(text).replace(/"/g, '""')}"`).join(",")).join("\r\n") + "\r\n";
  const sheet = (table) => {
    const rows = [];
    let heads = false;
    for (const body of table.tBodies) {
      const heading = body.querySelector("tr.heading > th");
      heads ||= heading !== null;
      for (const row of body.rows) {
        if (row.matches(".heading") || row.matches(".off, .out") || body.matches(".off")) continue;
        rows.push([heading ? lines(heading).join(" ") : "", [...row.cells].map(lines)]);
      }
    }
    const titles = [...table.tHead.rows[0].cells].map((cell) => lines(cell)[0]);
    const wide = titles.map((_, i) => Math.max(1, ...rows.map(([, cells]) => (cells[i] || [""]).length)));
    const flat = (cells, pad) => wide.flatMap((n, i) => Array.from({ length: n }, (_, k) => pad(cells[i], k)));
    return csv([
      [...(heads ? [say.under] : []), ...flat(titles, (title, k) => (k ? `${title} (${k + 1})` : title))],
      ...rows.map(([under, cells]) => [...(heads ? [under] : []), ...flat(cells, (cell, k) => (cell || [])[k] || "")]),
    ]);
  };
  const copied = async (text, bar, status) => {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = say.copied;
    } catch {
      bar.querySelector("textarea")?.remove();
      const area = make("textarea", "", { readonly: "", rows: 6, "aria-label": say.copy });
      area.value = text;
      bar.append(area);
      area.select();
      status.textContent = say.select;
    }
  };

  const sortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies].map((body) => [body, [...body.rows].filter((row) => !row.matches(".heading"))]);
    let by = null, down = false;
    const order = (i) => {
      if (by === i && down) { by = null; down = false; } else { down = by === i; by = i; }
      heads.forEach((head, k) => {
        if (k === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      for (const [body, original] of rows) {
        const keyed = original.map((row) => [lines(row.cells[by ?? 0])[0], row]);
        if (by !== null) keyed.sort(([a], [b]) => {
          const found = compared(a, b);
          return down && (value(a) === null) === (value(b) === null) ? -found : found;
        });
        body.append(...keyed.map(([, row]) => row));
      }
    };
    heads.forEach((head, i) => {
      const button = make("button", "", { type: "button", class: "sort" });
      button.append(...head.childNodes);
      button.addEventListener("click", () => order(i));
      head.append(button);
    });
  };

  const chosen = (bar, id, title, options, changed) => {
    const select = make("select", "", { id });
    select.append(make("option", say.all, { value: "" }), ...options.map((text, i) => make("option", text, { value: String(i + 1) })));
    select.addEventListener("change", changed);
    const box = make("span");
    box.append(make("label", title, { for: id }), " ", select);
    bar.append(box);
    return () => (select.value === "" ? null : options[Number(select.value) - 1]);
  };
  const tooled = (box) => {
    const table = box.querySelector("table");
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.matches(".heading"));
    if (rows.length < 3) return;
    sortable(table);
    const bar = make("div", "", { class: "tools" });
    const status = make("span", "", { class: "small", role: "status" });
    const headed = [...table.tBodies].filter((body) => body.querySelector("tr.heading"));
    const names = [...new Set(headed.map((body) => lines(body.querySelector("tr.heading > th")).join(" ")))];
    let under = () => null;
    const search = make("input", "", { type: "search", id: `${box.id}-search`, autocomplete: "off" });
    const narrow = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const only = under();
      for (const body of table.tBodies) {
        const head = body.querySelector("tr.heading > th");
        const name = head ? lines(head).join(" ") : "";
        let left = 0;
        for (const row of body.rows) {
          if (row.matches(".heading")) continue;
          const text = `${name} ${row.textContent}`.toLowerCase();
          const kept = (only === null || only === name) && words.every((word) => text.includes(word));
          row.classList.toggle("off", !kept);
          left += kept;
        }
        body.classList.toggle("off", !left);
      }
      const left = rows.filter((row) => !row.matches(".off")).length;
      status.textContent = left < rows.length ? filled(say.rows, { n: left, all: rows.length }) : "";
    };
    if (rows.length > 5) {
      const field = make("span");
      field.append(make("label", say.filter, { for: search.id }), " ", search);
      search.addEventListener("input", narrow);
      bar.append(field);
      if (names.length > 1) under = chosen(bar, `${box.id}-under`, say.under, names, narrow);
    }
    const copy = make("button", say.copy, { type: "button" });
    copy.addEventListener("click", () => copied(sheet(table), bar, status));
    bar.append(copy, status);
    box.prepend(bar);
  };
  for (const box of document.querySelectorAll(".table")) tooled(box);

  /* Findings: the table of all questions and the cards, narrowed together. */
  const cards = [...document.querySelectorAll(".card")];
  const glance = document.querySelector(".glance");
  if (!glance || cards.length < 4) return;
  const bar = make("div", "", { class: "tools", role: "group", "aria-label": say.narrow });
  const of = (name) => [...new Set(cards.map((card) => card.dataset[name]).filter(Boolean))];
  const pickers = { attribute: say.attribute, metric: say.metric, word: say.status };
  for (const card of cards) card.dataset.word = card.querySelector(".badge").textContent;
  const asked = {};
  const status = make("span", "", { class: "small", role: "status" });
  const narrow = () => {
    const wanted = Object.entries(asked).map(([name, pick]) => [name, pick()]).filter(([, text]) => text !== null);
    for (const card of cards) {
      const kept = wanted.every(([name, text]) => card.dataset[name] === text);
      card.classList.toggle("off", !kept);
      glance.querySelector(`a[href="#${CSS.escape(card.id)}"]`)?.closest("tr").classList.toggle("out", !kept);
    }
    for (const part of document.querySelectorAll("#findings > .part")) {
      part.classList.toggle("off", !part.querySelector(".card:not(.off)"));
    }
    const left = cards.filter((card) => !card.matches(".off")).length;
    status.textContent = left < cards.length ? filled(say.findings, { n: left, all: cards.length }) : "";
  };
  for (const [name, title] of Object.entries(pickers)) {
    if (of(name).length > 1) asked[name] = chosen(bar, `findings-${name}`, title, of(name), narrow);
  }
  bar.append(status);
  glance.before(bar);
  addEventListener("hashchange", () => {
    if (!document.querySelector(":target")?.closest(".off")) return;
    for (const select of bar.querySelectorAll("select")) select.value = "";
    narrow();
    document.querySelector(":target").scrollIntoView();
  });
})();
