/** How many queries? Asked before the view is called. */

import { plural } from "../../model/format.js";
import { mostAlike } from "../../model/like.js";
import { indexOf, isWhole, listed } from "../facts.js";
import { ranked } from "../options.js";

const PLACES = [
  ["in a middleware", (stage) => stage === "request_middleware" || stage === "response_middleware"],
  ["in the view", (stage) => stage === "view"],
  ["while a template was rendered", (stage) => stage === "template"],
  ["while the response was sent", (stage) => stage === "server_response"],
];

function placesOf(queries) {
  const told = PLACES.map(([words, isHere]) => [queries.filter((span) => isHere(span.enter.stage)).length, words]);
  const rest = queries.length - told.reduce((sum, [count]) => sum + count, 0);
  return [...told, [rest, "elsewhere"]].filter(([count]) => count);
}

function reasonOf(model) {
  if (!model.queries.length) return "No query ran in this request.";
  const places = placesOf(model.queries);
  const counted = plural(model.queries.length, "query", "queries");
  const alike = mostAlike(model);
  const where = places.length === 1 ? `, ${model.queries.length > 1 ? "all of them " : ""}${places[0][1]}` : ` in all: ${listed(places.map(([count, words]) => `${count} ${words}`))}`;
  return `${counted}${where}.${alike ? ` Among them ${alike}.` : ""}`;
}

/** What one might count instead: without what is repeated, in one place only, one for each template. */
function wrongs({ queries, templates }) {
  const count = queries.length;
  const different = new Set(queries.map((span) => span.enter.detail.sql)).size;
  const places = placesOf(queries).map(([each]) => each);
  return [different, ...places, templates.length, count * 2, Math.ceil(count / 2), count + 1, count + 3];
}

export const queryCount = {
  name: "query-count",
  isSecret: true,
  make({ model, steps }) {
    const before = indexOf(steps, model.view?.enter);
    if (before < 1 || !isWhole(model, "database")) return null;
    const found = ranked(model.queries.length, wrongs(model));
    return found && { before, prompt: "How many queries does this request run in all, from the first middleware to the last?", ...found, reason: reasonOf(model) };
  },
};
