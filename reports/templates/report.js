(() => {
  "use strict";
  const media = matchMedia("(prefers-color-scheme: dark)");
  const coloured = new Set(["color", "fillcolor", "gridcolor", "linecolor", "bgcolor", "bordercolor", "fgcolor"]);

  /* Links into closed parts open them; printing opens everything. */
  const openTo = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    for (const inner of target.querySelectorAll(":scope > details.fold")) inner.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", openTo);
  openTo();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });

  /* The contents start closed where they would push the findings down. */
  const contents = document.querySelector(".contents details");
  if (contents && matchMedia("(width < 68rem)").matches) contents.open = false;

  /* A table is a stop for the keyboard only while it can be scrolled. */
  if ("ResizeObserver" in window) {
    const watch = new ResizeObserver((entries) => {
      for (const { target } of entries) {
        if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
        else target.removeAttribute("tabindex");
      }
    });
    for (const box of document.querySelectorAll(".scroll")) watch.observe(box);
  }

  /* Charts: the static drawings stay until the engine has drawn its own. */
  const engine = document.getElementById("engine");
  const hosts = [...document.querySelectorAll(".live")];
  if (!engine || !hosts.length || !("DecompressionStream" in window)) return;

  const painted = (value, style, key) => {
    if (Array.isArray(value)) return value.map((item) => painted(item, style, key));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, painted(v, style, k)]));
    }
    if (typeof value === "string" && coloured.has(key) && value.startsWith("@")) {
      const [name, part] = value.slice(1).split("/");
      const colour = style.getPropertyValue("--" + name).trim();
      return part ? colour + Math.round(255 * part).toString(16).padStart(2, "0") : colour;
    }
    return value;
  };
  const turn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const unpacked = async (id) => {
    const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };
  let figures = {};
  const draw = (host) => {
    const figure = painted(figures[host.dataset.figure], getComputedStyle(document.documentElement));
    const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
    return Plotly.react(host, figure.data, figure.layout, config);
  };
  const start = async () => {
    await turn();
    figures = JSON.parse(await unpacked("figures"));
    const script = document.createElement("script");
    script.textContent = await unpacked("engine");
    document.head.append(script);
    for (const host of hosts) {
      await turn();
      await draw(host);
      host.parentElement.classList.add("drawn");
    }
    document.documentElement.dataset.charts = "drawn";
    media.addEventListener("change", () => hosts.forEach(draw));
  };
  start().catch(() => {
    document.documentElement.dataset.charts = "static";
  });
})();
