/** What questions ask a trace again and again. No DOM. */

import { baseName, shortName } from "../model/format.js";

/** Index of the step that shows an event itself; -1 where it is none. */
export function indexOf(steps, event) {
  return event ? steps.findIndex((step) => step.event === event) : -1;
}

/** The layers that the request entered, from the outermost. */
export function enteredLayers(model) {
  return model.layers.filter((layer) => layer?.enter);
}

/** "line 71 of views.py", of an event's origin; "" where it was not seen. */
export function lineOf({ template, file, line } = {}) {
  const name = baseName(template ?? file);
  return name && line ? `line ${line} of ${name}` : name;
}

/** Whether the trace has all events of a kind: of what was left out nothing can be asked. */
export function isWhole(model, kind) {
  return model.isFinished && !model.head.omitted?.[kind];
}

export function viewName(model) {
  return shortName(model.view?.name);
}

/** The name of who answered a stopped request: a layer's class. */
export function stopperOf(model) {
  const { outcome } = model.head;
  return outcome?.kind === "stopped" ? shortName(outcome.by) : "";
}

/** "a, b and c". */
export function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
