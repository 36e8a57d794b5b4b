/** Does this query run in the view or the template? Asked before one of them runs. */

import { queryTitle } from "../../model/labels.js";
import { indexOf, lineOf, viewName } from "../facts.js";
import { ordered, seedOf } from "../options.js";

const PLACES = { view: "The view", template: "A template, while it is rendered", request_middleware: "A middleware, on the way in", response_middleware: "A middleware, on the way out" };

/** One query of a view or a template: which of them, differs from trace to trace. */
function chosen(model) {
  const reads = model.queries.filter((span) => /^\s*SELECT\b/i.test(span.enter.detail.sql));
  const first = ["view", "template"].map((stage) => reads.find((span) => span.enter.stage === stage)).filter(Boolean);
  return first[seedOf(model.id) % first.length];
}

function reasonOf(model, { stage, detail }) {
  const line = lineOf(detail.origin);
  const where = stage === "template" ? "while the template was rendered" : `inside ${viewName(model)}`;
  if (!line) return `It ran ${where}; the very line was not seen.`;
  return `It was ${line} that wanted the rows, ${where}. SQL runs where rows are first wanted, not where a queryset is written.`;
}

export const queryWhere = {
  name: "query-where",
  isSecret: true,
  make({ model, steps }) {
    const query = chosen(model)?.enter;
    const before = indexOf(steps, query);
    if (before < 1 || !model.view) return null;
    const options = [PLACES.request_middleware, PLACES.view, PLACES.template];
    return { before, prompt: `The next query is ${queryTitle(query.detail.sql)}. Who asks for it?`, ...ordered(PLACES[query.stage], options), reason: reasonOf(model, query) };
  },
};
