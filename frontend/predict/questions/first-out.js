/** Who gets the response first on the way out? Asked when it is made. */

import { enteredLayers, indexOf } from "../facts.js";
import { mixed } from "../options.js";

/** Layers on the way out, the first one first, without the one that made the response. */
function wayOut(model) {
  return enteredLayers(model).filter((layer) => layer.exit && layer.passedOn).sort((a, b) => a.exit.seq - b.exit.seq);
}

function reasonOf(model, first, inner) {
  const place = `layer ${first.index + 1} of ${model.layerCount}`;
  const way = "The way out goes through the layers in reverse order";
  if (inner) return `${way}: ${inner.name} answered, and ${first.name}, ${place}, is the next one around it.`;
  return `${way}: ${first.name}, ${place}, is the innermost, so it sees the response first and the outermost has the last word.`;
}

export const firstOut = {
  name: "first-out",
  make({ model, steps }) {
    const [first, ...others] = wayOut(model);
    const before = indexOf(steps, first?.exit);
    if (before < 1 || others.length < 2) return null;
    const inner = enteredLayers(model).find((layer) => layer.exit && !layer.passedOn);
    const far = [others.at(-1), others[Math.floor(others.length / 2)], others[0]].map((layer) => layer.name);
    const found = mixed(`${model.id}out`, first.name, far);
    const made = inner ? `${inner.name} has answered` : "The response is made";
    return found && { before, prompt: `${made}. Which layer gets the response first on its way out?`, ...found, reason: reasonOf(model, first, inner) };
  },
};
