/** Draws groups of parts into an SVG element, keeping what is there already: elements are keyed and only changes are written. */

const NS = "http://www.w3.org/2000/svg";
const FOCUSABLE = new Set(["client", "server", "layer", "resolver", "view", "template", "response", "database", "cache"]);

function make(tag, parent) {
  const element = document.createElementNS(NS, tag);
  parent.append(element);
  return element;
}

function setAttribute(element, name, value) {
  const written = typeof value === "number" ? String(Math.round(value * 10) / 10) : String(value);
  if (element.getAttribute(name) !== written) element.setAttribute(name, written);
}

function setTitle(element, title) {
  const present = element.querySelector("title");
  if (!title) return present?.remove();
  (present ?? make("title", element)).textContent = title;
}

/** An SVG element's text in its own text node, so that a title beside it stays. */
function setText(element, content) {
  const first = element.firstChild;
  if (first?.nodeType === Node.TEXT_NODE) {
    if (first.data !== content) first.data = content;
  } else {
    element.prepend(content);
  }
}

/** What is drawn later lies on top: the order is that of the layout, whatever was drawn before. */
function putAt(parent, index, element) {
  if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
}

export class Painter {
  constructor(root) {
    this.root = root;
    this.groups = new Map();
    this.parts = new Map();
  }

  /** Bring the drawing in line with `groups`; elements of keys that are gone are removed. */
  paint(groups) {
    const seen = new Set();
    groups.forEach((group, index) => {
      const element = this.#group(group, index);
      group.parts.forEach((part, at) => putAt(element, at, this.#part(element, part, seen)));
      seen.add(group.key);
    });
    this.#forget(this.groups, seen);
    this.#forget(this.parts, seen);
  }

  #group(group, index) {
    let element = this.groups.get(group.key);
    if (!element) {
      element = make("g", this.root);
      element.dataset.key = group.key;
      this.groups.set(group.key, element);
    }
    putAt(this.root, index, element);
    describe(element, group);
    return element;
  }

  #part(parent, part, seen) {
    seen.add(part.key);
    let element = this.parts.get(part.key);
    if (element && (element.parentNode !== parent || element.localName !== part.tag)) {
      element.remove();
      element = null;
    }
    if (!element) {
      element = make(part.tag, parent);
      this.parts.set(part.key, element);
    }
    for (const [name, value] of Object.entries(part.attrs)) setAttribute(element, name, value);
    element.baseClass = part.cls;
    if (part.text !== undefined) setText(element, part.text);
    setTitle(element, part.title);
    return element;
  }

  #forget(elements, seen) {
    for (const [key, element] of elements) {
      if (seen.has(key)) continue;
      element.remove();
      elements.delete(key);
    }
  }

  /** Write classes, but only those that change. */
  setClass(element, name) {
    if (element.getAttribute("class") !== name) element.setAttribute("class", name);
  }
}

function describe(element, group) {
  if (!FOCUSABLE.has(group.kind)) return setAttribute(element, "aria-hidden", "true");
  setAttribute(element, "tabindex", "0");
  setAttribute(element, "role", "graphics-object");
  setAttribute(element, "aria-roledescription", "stage");
  setAttribute(element, "aria-label", group.dark ? `${group.label} (dark)` : group.label);
}
