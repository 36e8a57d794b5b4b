/** Is this queryset evaluated here? Asked before a template is rendered that was given querysets. */

import { plural, shortName } from "../../model/format.js";
import { indexOf, isWhole, lineOf, listed } from "../facts.js";
import { ordered } from "../options.js";

const YES = "Yes: rendering it runs queries";
const NO = "No: nothing is left to ask for";
const MOST = 3;

function querysetsOf({ types = {} }) {
  return Object.entries(types).filter(([, type]) => shortName(type).endsWith("QuerySet")).map(([name]) => name);
}

function queriesInside(model, template) {
  const isInside = (span) => {
    for (let around = span.parent; around; around = around.parent) if (around.id === template.id) return true;
    return false;
  };
  return model.queries.filter(isInside);
}

function reasonOf(queries) {
  if (!queries.length) return "No query ran while it was rendered: whatever it shows had been read before.";
  const line = lineOf(queries[0].enter.detail.origin);
  const counted = plural(queries.length, "query", "queries");
  return `${counted} ran while it was rendered${line ? `, the first for ${line}` : ""}. A queryset is only a description until somebody reads it.`;
}

export const evaluatedHere = {
  name: "evaluated-here",
  isSecret: true,
  make({ model, steps }) {
    const template = model.templates.find((span) => span.enter.detail.node === "template" && querysetsOf(span.enter.detail).length);
    const before = indexOf(steps, template?.enter);
    if (before < 1 || !template.exit || !isWhole(model, "database")) return null;
    const names = querysetsOf(template.enter.detail);
    const told = names.length > MOST ? `${names.slice(0, MOST).join(", ")} and ${names.length - MOST} more` : listed(names);
    const queries = queriesInside(model, template);
    return { before, prompt: `${template.name} is given ${told}, ${names.length === 1 ? "a queryset. Are its" : "which are querysets. Are their"} rows read here?`, ...ordered(queries.length ? YES : NO, [YES, NO]), reason: reasonOf(queries) };
  },
};
