/** Which pattern matches? Asked before the resolver searches. */

import { grouped } from "../../model/format.js";
import { triedCount } from "../../model/headline.js";
import { indexOf, viewName } from "../facts.js";
import { mixed, ordered } from "../options.js";

const NONE = "None of them";

/** What stands alike at the beginning makes a wrong pattern plausible. */
function likeness(pattern, path) {
  let at = 0;
  while (at < pattern.length && pattern[at] === path[at]) at += 1;
  return at;
}

function wrongs({ tried = [] }, path) {
  const patterns = tried.filter((each) => !each.matched && !each.is_include && each.pattern).map((each) => each.pattern);
  return patterns.sort((a, b) => likeness(b, path) - likeness(a, path));
}

function reasonOf(found, model) {
  const count = triedCount(found);
  if (!found.matched) return `Django tried ${grouped(count)} patterns from the top, and none matches the whole path.`;
  const first = count === 1 ? "The very first pattern matches" : `${grouped(count - 1)} came before it and ${count === 2 ? "does" : "do"} not match the whole path; this one does`;
  return `${first}, so the search ends${model.view ? `, at ${viewName(model)}` : ""}.`;
}

export const whichPattern = {
  name: "which-pattern",
  isCode: true,
  make({ model, steps }) {
    const found = model.resolver?.exit?.detail;
    const before = indexOf(steps, model.resolver?.enter);
    if (!found?.tried || before < 1 || (found.matched && !found.route)) return null;
    const path = model.head.request.path.replace(/^\//, "");
    const wrong = wrongs(found, path).slice(0, found.matched ? 2 : 3);
    const mix = mixed(`${model.id}pattern`, found.matched ? found.route : wrong[0], found.matched ? wrong : wrong.slice(1));
    if (!mix) return null;
    return { before, prompt: `Which pattern of the URLconf matches ${model.head.request.path}?`, ...ordered(found.matched ? found.route : NONE, [...mix.options, NONE]), reason: reasonOf(found, model) };
  },
};
