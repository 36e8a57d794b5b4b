/** Is request.user looked up here? Asked before the layer that adds it. */

import { indexOf, isWhole, lineOf } from "../facts.js";
import { ordered } from "../options.js";

const HERE = "Yes, in this layer";
const LATER = "No, later in this request";
const NEVER = "No, and no query for it runs later";
const WHAT = "request.user";
const READ = new Set(["request._cached_user", "request._acached_user"]);

function adds(layer) {
  return layer.passedOn?.detail.changed?.some((change) => change.op === "add" && change.what === WHAT && String(change.value).includes("not evaluated"));
}

/** The layer in which somebody looked at the user, or undefined. */
function reader(model) {
  return model.layers.find((layer) => [layer?.passedOn, layer?.exit].some((event) => event?.detail.changed?.some((change) => READ.has(change.what))));
}

function userQuery(model) {
  return model.queries.find((span) => /\bFROM\s+"?auth_user"?\s/i.test(span.enter.detail.sql));
}

/** Whether whoever looked at the user needed no query: nobody is signed in, or the user was kept somewhere else. */
function isFree(model, layer) {
  const from = layer.enter.seq;
  const until = (layer.passedOn ?? layer.exit).seq;
  return !model.queries.some(({ enter }) => enter.seq > from && enter.seq < until);
}

function reasonOf(query, looks, name) {
  const start = `${name} only adds a lazy object`;
  if (!query && !looks) return `${start}, and nobody in this request looks at it: no query for it ran.`;
  if (!query) return `${start}. ${looks.name} is the first to look at it, and no query was needed to tell who it is.`;
  const line = lineOf(query.enter.detail.origin);
  return `${start}. ${line ? `It is ${line} that first needs the user, and then` : "Somebody further in first needs the user, and then"} the query runs.`;
}

function answerOf(layer, query) {
  if (!query) return NEVER;
  return query.enter.seq > layer.enter.seq && query.enter.seq < layer.passedOn.seq ? HERE : LATER;
}

export const lazyUser = {
  name: "lazy-user",
  make({ model, steps }) {
    const layer = model.layers.find((each) => each && adds(each));
    const before = indexOf(steps, layer?.enter);
    if (before < 1 || !isWhole(model, "database")) return null;
    const [query, looks] = [userQuery(model), reader(model)];
    // A user of another table, or one that a view looked at: what was read for it cannot be told.
    if (!query && model.queries.length && !(looks && isFree(model, looks))) return null;
    return { before, prompt: `${layer.name} adds request.user. Does it read the user from the database?`, ...ordered(answerOf(layer, query), [HERE, LATER, NEVER]), reason: reasonOf(query, looks, layer.name) };
  },
};
