/** The words in which the layout speaks to the view: groups of parts, each part an SVG element with attributes and text. */

export function rect(key, cls, { x, y, width, height, rx = 8 }) {
  return { key, tag: "rect", cls, attrs: { x, y, width: Math.max(0, width), height: Math.max(0, height), rx } };
}

export function path(key, cls, d) {
  return { key, tag: "path", cls, attrs: { d } };
}

/** A line of text; `from` is the step at which it becomes true, `title` the whole of what was cut. */
export function text(key, cls, x, y, content, { anchor = "start", from = 0, title = null } = {}) {
  return { key, tag: "text", cls, attrs: { x, y, "text-anchor": anchor }, text: content, from, title };
}

/** What belongs together: one place of the cycle. `first` and `last` are the steps between which the request is in it. */
export function group(key, kind, { label = null, first = null, last = null, dark = false, parts = [] }) {
  return { key, kind, label, first, last, dark, parts: parts.filter((part) => part && (part.tag !== "text" || part.text)) };
}

/** dark (never reached), todo, now, open (the request is further in), done. */
export function stateOf(item, index, areas) {
  if (item.dark) return "dark";
  if (item.first === null || index < item.first) return "todo";
  if (areas.includes(item.key)) return "now";
  return index <= item.last ? "open" : "done";
}
