/** What this browser keeps of a learner: progress and score. Where nothing can be kept, it holds for this visit. */

const held = new Map();

/** The value kept under a name, or `otherwise`. */
export function recall(name, otherwise) {
  if (held.has(name)) return held.get(name);
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  held.set(name, value);
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // It holds for this visit.
  }
}
