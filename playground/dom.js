// Elements from data. Texts become text nodes; nothing here, or anywhere in the page, makes markup of a text.

/** An element: `h("a", { class: "x", onclick: f }, "text", other)`; null and false among the children are left out. */
export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [property, said] of Object.entries(value)) made.style.setProperty(property, said);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A sentence of recpol: names in backquotes as code, everything else as it is. */
export const sentence = (text) => text.split(/`([^`]+)`/).map((part, n) => (n % 2 ? h("code", {}, part) : part));

/** What runs `run` again only when it has ended, however often it is called meanwhile. */
export function oneAtATime(run) {
  let busy = false, again = false;
  return async function start() {
    if (busy) { again = true; return; }
    busy = true;
    try { await run(); } catch (error) { console.debug("no answer:", error.message); }
    busy = false;
    if (again) { again = false; start(); }
  };
}

/** What calls `run` once, `wait` milliseconds after the last of many calls. */
export function later(run, wait) {
  let timer = 0;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => run(...given), wait); };
}
