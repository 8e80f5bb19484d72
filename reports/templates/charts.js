/* Charts: the static drawings stay until the engine has drawn its own. */
(() => {
  "use strict";
  const media = matchMedia("(prefers-color-scheme: dark)");
  const coloured = new Set(["color", "fillcolor", "gridcolor", "linecolor", "bgcolor", "bordercolor", "fgcolor"]);
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
