/** Which middleware stops it? Asked a little before the layer or hook that answers. */

import { enteredLayers, indexOf, stopperOf } from "../facts.js";
import { mixed } from "../options.js";

const AHEAD = 2;

function decisiveStep(model, steps, by) {
  const hook = model.hooks.find((span) => span.exit?.detail.result === "answered");
  if (hook) return indexOf(steps, hook.enter);
  const layer = enteredLayers(model).find((each) => each.name === by);
  return indexOf(steps, layer?.passedOn ? layer.exit : layer?.enter);
}

function reasonOf(model, by, status) {
  const layer = enteredLayers(model).find((each) => each.name === by);
  const hook = model.hooks.find((span) => span.exit?.detail.result === "answered");
  const place = `layer ${layer.index + 1} of ${model.layerCount}`;
  if (hook) return `${by}, ${place}, answered ${status} in process_view, when the view was known but had not been called.`;
  if (layer.passedOn) return `${by}, ${place}, let it through on the way in and answered ${status} in place of what came back.`;
  return `${by}, ${place}, answered ${status} and never passed the request on.`;
}

export const whichStops = {
  name: "which-stops",
  isSecret: true,
  make({ model, steps }) {
    const by = stopperOf(model);
    const decisive = by ? decisiveStep(model, steps, by) : -1;
    if (decisive < 1 || !enteredLayers(model).some((layer) => layer.name === by)) return null;
    const names = Array.from({ length: model.layerCount }, (_, index) => model.layerName(index)).filter(Boolean);
    const near = [...names].sort((a, b) => Math.abs(names.indexOf(a) - names.indexOf(by)) - Math.abs(names.indexOf(b) - names.indexOf(by)));
    const found = mixed(`${model.id}${by}`, by, near);
    return found && { before: Math.max(1, decisive - AHEAD), reveal: decisive, prompt: "A middleware will answer this request itself. Which one?", ...found, reason: reasonOf(model, by, model.head.response?.status ?? "") };
  },
};
