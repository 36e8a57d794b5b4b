/** Is the view reached? Asked before the request enters the first layer. */

import { plural } from "../../model/format.js";
import { triedCount } from "../../model/headline.js";
import { enteredLayers, indexOf, stopperOf, viewName } from "../facts.js";
import { ordered } from "../options.js";

const YES = "Yes, the view runs";
const STOPPED = "No, a middleware answers before";
const MISSED = "No, no pattern matches";

/** A search that found nothing, whoever answered then. */
function missed(model) {
  const found = model.resolver?.exit?.detail;
  return found && found.matched === false ? found : null;
}

function missedSaid({ head }, search) {
  const count = triedCount(search);
  return `${plural(count, "pattern")} ${count === 1 ? "was" : "were"} tried, and none matches ${head.request.path}.`;
}

function reasonOf(model) {
  const layers = enteredLayers(model).length;
  if (model.view) return `${layers === 1 ? "The one layer" : `All ${layers} layers`} let it through, and the pattern that matched leads to ${viewName(model)}.`;
  const search = missed(model);
  if (search) return missedSaid(model, search);
  const seen = layers < model.layerCount ? `${layers} of ${model.layerCount} layers saw the request, and ` : "";
  // Who it was is a question of its own.
  return `A middleware answers ${model.head.response?.status ?? ""} by itself: ${seen}the view never ran.`;
}

export const viewReached = {
  name: "view-reached",
  isSecret: true,
  make({ model, steps }) {
    if (!model.view && !stopperOf(model) && !missed(model)) return null;
    const before = indexOf(steps, enteredLayers(model)[0]?.enter);
    if (before < 1) return null;
    const answer = model.view ? YES : missed(model) ? MISSED : STOPPED;
    return { before, prompt: `Will ${model.head.request.method} ${model.head.request.path} get as far as a view?`, ...ordered(answer, [YES, STOPPED, MISSED]), reason: reasonOf(model) };
  },
};
