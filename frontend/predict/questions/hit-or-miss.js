/** Miss or hit? Asked before the cache is asked. */

import { duration } from "../../model/format.js";
import { spanDuration } from "../../model/trace.js";
import { indexOf } from "../facts.js";
import { ordered } from "../options.js";

const HIT = "A hit: it is there";
const MISS = "A miss: it is not there";

function cacheSpans(model) {
  return [...model.spans.values()].filter((span) => span.kind === "cache");
}

function reasonOf(model, span, isHit) {
  if (isHit) return `It was there: the answer came after ${duration(spanDuration(span))}, and what stands behind it was not asked.`;
  const set = cacheSpans(model).find((each) => each.name.includes("set") && each.enter.seq > span.enter.seq);
  return `It was not there, so the work behind it had to be done${set ? "; afterwards it was put into the cache for the next one" : ""}.`;
}

/** A page that is cached asks twice: which headers it varies by, then for the page itself. A miss of either is a miss. */
function decisive(model) {
  const asked = cacheSpans(model).filter((span) => typeof span.exit?.detail.hit === "boolean");
  return asked.find((span) => !span.exit.detail.hit) ?? asked[0];
}

export const hitOrMiss = {
  name: "hit-or-miss",
  isSecret: true,
  make({ model, steps }) {
    const span = decisive(model);
    const before = indexOf(steps, span?.enter);
    if (before < 1) return null;
    const isHit = span.exit.detail.hit;
    const key = span.enter.detail.key;
    const what = key && key.length < 40 ? ` for ${key}` : "";
    return { before, prompt: `Now the cache is asked${what}. Miss or hit?`, ...ordered(isHit ? HIT : MISS, [HIT, MISS]), reason: reasonOf(model, span, isHit) };
  },
};
