/** Like queries: the same statement, its parameters aside, from the same line, inside the same view, middleware or hook. */

import { baseName, grouped } from "./format.js";

const OWNERS = ["view", "middleware", "hook", "resolver", "server"];

function ownerOf(span) {
  let around = span.parent;
  while (around && !OWNERS.includes(around.kind)) around = around.parent;
  return around?.id ?? null;
}

function likeness({ name, enter, parent }) {
  const { sql, origin } = enter.detail;
  return `${name}\n${origin?.where} ${origin?.template ?? origin?.file}:${origin?.line}\n${ownerOf({ parent })}\n${sql}`;
}

/** The groups of two or more like queries, in the order in which they began. */
export function likeQueries(model) {
  const groups = new Map();
  for (const span of model.queries) {
    const key = likeness(span);
    if (!groups.get(key)?.push(span)) groups.set(key, [span]);
  }
  return [...groups.values()].filter((spans) => spans.length > 1);
}

const known = new WeakMap();

/** The largest group of three or more: "50 like queries, from line 14 of list.html"; "" where there is none. */
export function mostAlike(model) {
  if (known.get(model)?.version !== model.version) known.set(model, { version: model.version, said: sayMostAlike(model) });
  return known.get(model).said;
}

function sayMostAlike(model) {
  const largest = likeQueries(model).reduce((best, spans) => (spans.length > best.length ? spans : best), []);
  if (largest.length < 3) return "";
  const { template, file, line } = largest[0].enter.detail.origin ?? {};
  const name = baseName(template ?? file);
  return `${grouped(largest.length)} like queries${name && `, from line ${line} of ${name}`}`;
}
