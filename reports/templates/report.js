(() => {
  "use strict";
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
})();
