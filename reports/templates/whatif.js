/* The what-if: scores are counts by group, label and bin, so every threshold that is an edge of a
   bin gives exact rates. Nothing leaves the page. Text goes in as text, never as markup. */
(() => {
  "use strict";
  const root = document.getElementById("whatif");
  const source = document.getElementById("scores");
  if (!root || !source || !("DecompressionStream" in window)) return;
  const say = JSON.parse(document.getElementById("whatif-words").textContent);

  /* Arithmetic, on counts. */
  const wilson = (events, n, z) => {
    if (!n) return null;
    const p = events / n;
    const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const reach = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
    const low = events === 0 ? 0 : Math.max(0, middle - reach);
    return [low, events === n ? 1 : Math.min(1, middle + reach)];
  };
  const newcombe = (a, b) => {
    if (a.rate === null || b.rate === null) return null;
    const d = a.rate - b.rate;
    const down = Math.hypot(a.rate - a.span[0], b.span[1] - b.rate);
    const up = Math.hypot(a.span[1] - a.rate, b.rate - b.span[0]);
    return [Math.max(-1, d - down), Math.min(1, d + up)];
  };
  const divided = (a, b) => (b ? a / b : null);
  const zeros = (n) => new Array(n).fill(0);

  /* Counts from above: tail[t] is how many lie in bin t or higher. */
  const tails = (counts) => {
    const out = zeros(counts.length + 1);
    for (let i = counts.length - 1; i >= 0; i -= 1) out[i] = out[i + 1] + counts[i];
    return out;
  };
  const grouped = (stage, axes) => {
    const bins = stage.edges.length - 1;
    const found = new Map();
    for (const [group, label, first, counts] of stage.cells) {
      const key = axes.map((axis) => group[axis]).join(",");
      if (!found.has(key)) {
        const name = axes.map((axis) => stage.levels[axis][group[axis]]).join(" × ");
        found.set(key, { name, raw: [zeros(bins), zeros(bins), zeros(bins)] });
      }
      counts.forEach((count, i) => { found.get(key).raw[label][first + i] += count; });
    }
    return [...found.values()].map(({ name, raw }) => {
      const [negative, positive, unknown] = raw.map(tails);
      const all = negative.map((count, i) => count + positive[i] + unknown[i]);
      return { name, negative, positive, all };
    });
  };
  const measured = (group, cut, stage) => {
    const n = group.all[0];
    const selected = group.all[cut];
    const positives = group.positive[0];
    const negatives = group.negative[0];
    const right = group.positive[cut] + negatives - group.negative[cut];
    return {
      n, selected, right,
      labelled: positives + negatives,
      rate: divided(selected, n),
      span: wilson(selected, n, stage.z),
      tpr: divided(group.positive[cut], positives),
      fpr: divided(group.negative[cut], negatives),
      accuracy: divided(right, positives + negatives),
      gained: Math.max(0, selected - group.all[stage.cut]),
      lost: Math.max(0, group.all[stage.cut] - selected),
    };
  };
  const results = (groups, cuts, stage) => {
    const rows = groups.map((group, i) => measured(group, cuts[i], stage));
    const large = rows.filter((row) => row.n >= stage.least && row.rate !== null);
    const best = (large.length ? large : rows).reduce(
      (a, b) => (a && a.rate !== null && (b.rate === null || (stage.harm ? a.rate <= b.rate : a.rate >= b.rate)) ? a : b), null);
    for (const row of rows) {
      row.reference = row === best;
      row.ratio = row.rate === null || !best || !best.rate ? null : row.rate / best.rate;
      row.difference = row.rate === null || !best || best.rate === null ? null : row.rate - best.rate;
      row.gap = row === best || !best ? null : newcombe(row, best);
    }
    const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
    const total = {
      n: sum("n"), selected: sum("selected"), gained: sum("gained"), lost: sum("lost"),
      right: sum("right"), labelled: sum("labelled"),
    };
    total.rate = divided(total.selected, total.n);
    total.accuracy = divided(total.right, total.labelled);
    return { rows, total };
  };

  /* Where to cut: the presets, and a quota. */
  const least = (tail, most) => tail.findIndex((count) => count <= most + 1e-9);
  const nearest = (tail, target) => {
    let found = 0;
    tail.forEach((count, i) => {
      if (Math.abs(count / tail[0] - target) <= Math.abs(tail[found] / tail[0] - target)) found = i;
    });
    return found;
  };
  const whole = (groups, key) => groups.reduce(
    (sum, group) => sum.map((count, i) => count + group[key][i]), zeros(groups[0][key].length));
  const presets = {
    audited: (groups, stage) => groups.map(() => stage.cut),
    selection: (groups, stage) => {
      const all = whole(groups, "all");
      return groups.map((group) => (group.all[0] ? nearest(group.all, all[stage.cut] / all[0]) : stage.cut));
    },
    opportunity: (groups, stage) => {
      const all = whole(groups, "positive");
      if (!all[0]) return groups.map(() => stage.cut);
      return groups.map((group) => (group.positive[0] ? nearest(group.positive, all[stage.cut] / all[0]) : stage.cut));
    },
    fifths: (groups, stage) => {
      const rate = (group) => group.all[stage.cut] / group.all[0];
      const large = groups.filter((group) => group.all[0] >= stage.least);
      const line = stage.line * Math.max(0, ...large.map(rate));
      return groups.map((group) => {
        if (group.all[0] < stage.least || rate(group) >= line) return stage.cut;
        let cut = stage.cut;
        while (cut > 0 && group.all[cut] / group.all[0] < line) cut -= 1;
        return cut;
      });
    },
  };

  /* The page. */
  const make = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const percent = (v) => `${(100 * v).toFixed(1)} %`;
  const points = (v) => `${v < 0 ? "−" : v > 0 ? "+" : ""}${Math.abs(100 * v).toFixed(1)}`;
  const whole0 = (v) => v.toLocaleString("en-US");
  const cell = (row, value, show, under = "") => {
    const made = make("td", value === null ? say.undefined : show(value), value === null ? { class: "u" } : { "data-value": value });
    if (under && value !== null) made.append(" ", make("small", under));
    row.append(made);
  };
  const between = (span, show) => (span ? `${show(span[0]).replace(" %", "")} – ${show(span[1])}` : "");

  const start = async () => {
    const bytes = Uint8Array.from(atob(source.textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const stages = JSON.parse(await new Response(stream).text());
    const names = Object.keys(stages);
    let stage, groups, cuts, single = true;

    const form = make("form", "", { class: "whatif-form" });
    form.addEventListener("submit", (event) => event.preventDefault());
    const choice = (id, title, options, changed) => {
      const box = make("p");
      const select = make("select", "", { id });
      options.forEach(([value, text]) => select.append(make("option", text, { value })));
      select.addEventListener("change", () => changed(select.value));
      box.append(make("label", title, { for: id }), " ", select);
      form.append(box);
      return select;
    };
    const slider = (id, title, max, changed) => {
      const box = make("p", "", { class: "slide" });
      const input = make("input", "", { type: "range", id, min: 0, max, step: 1 });
      const output = make("output", "", { for: id });
      input.addEventListener("input", () => changed(Number(input.value)));
      box.append(make("label", title, { for: id }), input, output);
      return { box, input, output };
    };
    const set = (part, value, text) => {
      part.input.value = value;
      part.output.textContent = text;
      part.input.setAttribute("aria-valuetext", text);
    };
    const stagePicker = choice("whatif-stage", say.scores, names.map((name) => [name, stages[name].title]), (name) => { choose(name); });
    if (names.length < 2) stagePicker.parentElement.hidden = true;
    const byPicker = choice("whatif-by", say.by, [], () => { regroup(); });
    const buttons = make("p", "", { class: "presets", role: "group", "aria-label": say.presets });
    for (const [name, title] of say.buttons) {
      const button = make("button", title, { type: "button", "data-preset": name });
      button.addEventListener("click", () => {
        single = name === "audited" || name === "single";
        cuts = name === "single" ? cuts.map(() => cuts[0]) : presets[name](groups, stage);
        refresh();
      });
      buttons.append(button);
    }
    form.append(buttons);
    const mode = make("p");
    const each = make("input", "", { type: "checkbox", id: "whatif-each" });
    each.addEventListener("change", () => {
      single = !each.checked;
      if (single) cuts = cuts.map(() => cuts[0]);
      refresh();
    });
    mode.append(each, " ", make("label", say.each, { for: "whatif-each" }));
    form.append(mode);
    const sliders = make("div", "", { class: "sliders" });
    form.append(sliders);
    const quota = slider("whatif-quota", say.quota, 100, (share) => {
      const all = whole(groups, "all");
      cuts = groups.map((group) => {
        const tail = single ? all : group.all;
        return least(tail, (share / 100) * tail[0]);
      });
      refresh(share);
    });
    form.append(quota.box);
    const law = make("p", say.law, { class: "note", hidden: "" });
    const told = make("p", "", { class: "whatif-told", role: "status" });
    const scroll = make("div", "", { class: "scroll", role: "group", tabindex: "0", "aria-label": say.caption });
    const table = make("table");
    scroll.append(table);
    root.append(form, law, told, scroll);
    let parts = [];

    const choose = (name) => {
      stage = stages[name];
      byPicker.replaceChildren(...stage.sets.map((axes, i) => make("option", axes.map((axis) => stage.attributes[axis]).join(" × "), { value: i })));
      regroup();
    };
    const regroup = () => {
      groups = grouped(stage, stage.sets[Number(byPicker.value) || 0]);
      cuts = presets.audited(groups, stage);
      single = true;
      rebuild();
    };
    const rebuild = () => {
      const bins = stage.edges.length - 1;
      parts = (single ? [say.all] : groups.map((group) => group.name)).map((title, i) => slider(
        `whatif-cut-${i}`, title, bins, (cut) => {
          if (single) cuts = cuts.map(() => cut);
          else cuts[i] = cut;
          refresh();
        }));
      sliders.replaceChildren(...parts.map((part) => part.box));
      refresh();
    };
    const shown = (cut) => {
      const edge = cut < stage.edges.length - 1 ? stage.edges[cut] : null;
      return edge === null ? say.nobody : `${say.from} ${Number(edge.toPrecision(6))}`;
    };
    const refresh = (share = null) => {
      if (parts.length !== (single ? 1 : groups.length)) { rebuild(); return; }
      each.checked = !single;
      parts.forEach((part, i) => set(part, cuts[i], shown(cuts[i])));
      const { rows, total } = results(groups, cuts, stage);
      set(quota, share === null ? Math.round(100 * (total.rate || 0)) : share, percent(total.rate || 0));
      law.hidden = single;
      const accuracy = total.accuracy === null ? say.undefined : percent(total.accuracy);
      told.textContent = say.told.replace("{selected}", whole0(total.selected)).replace("{n}", whole0(total.n))
        .replace("{gained}", whole0(total.gained)).replace("{lost}", whole0(total.lost)).replace("{accuracy}", accuracy);
      for (const key of ["selected", "gained", "lost", "accuracy", "rate"]) told.dataset[key] = total[key];
      draw(rows);
    };
    const draw = (rows) => {
      const head = make("thead");
      const top = make("tr");
      say.columns.forEach((title, i) => top.append(make("th", title, { scope: "col", class: i ? "n" : "" })));
      head.append(top);
      const body = make("tbody");
      rows.forEach((row, i) => {
        const line = make("tr");
        line.append(make("th", groups[i].name, { scope: "row" }));
        cell(line, row.rate, percent, `${between(row.span, percent)} (${whole0(row.selected)} / ${whole0(row.n)})`);
        if (row.reference) line.append(make("td", say.reference, { class: "u" }), make("td", "", { class: "u" }));
        else {
          cell(line, row.ratio, (v) => v.toFixed(3), row.ratio < stage.line && !stage.harm ? say.below : "");
          cell(line, row.difference, points, between(row.gap, points));
        }
        cell(line, row.tpr, percent);
        cell(line, row.fpr, percent);
        cell(line, row.accuracy, percent);
        cell(line, row.gained - row.lost, (v) => (v < 0 ? `−${whole0(-v)}` : v ? `+${whole0(v)}` : "0"));
        line.dataset.row = JSON.stringify(row);
        body.append(line);
      });
      table.replaceChildren(make("caption", say.caption), head, body);
    };
    choose(names[0]);
    root.hidden = false;
  };
  start();
})();
