/** One line on a whole trace: what was asked, what became of it in the words of visualizer/lessons/outcomes.py, what it took. */

import { duration, grouped, plural, shortName } from "./format.js";
import { mostAlike } from "./like.js";

function article(word) {
  return `${/^([AEIOaeio]|Http|HTTP|Un[a-hj-z])/.test(word) ? "an" : "a"} ${word}`;
}

/** Who did it: of a dotted path its last part, but a template by its whole name, which has dots of its own. */
function authorName(model, author) {
  return model.templates.some((span) => span.name === author) ? author : shortName(author);
}

function completed({ by, status }) {
  return ["Completed", `${by || "the view"} answered ${status}`];
}

function stopped({ by, status, noView }) {
  return [`Stopped by ${by}`, `it answered ${status}${noView}`];
}

function rescued({ by, status, kind, raisedIn, noView }) {
  return [`Rescued by ${by}`, `it turned ${kind}${raisedIn && ` raised in ${raisedIn}`} into a ${status}${noView}`];
}

function failed({ by, status, kind, exception, sent, noView }) {
  const what = !status
    ? `left no response${noView}`
    : exception?.handled_by === null
      ? `broke the ${status} response off${sent === null ? "" : ` after ${plural(sent, "byte")}`}`
      : `became Django's own ${status} error response${noView}`;
  return [`Failed in ${by}`, `${kind} ${what}`];
}

/** How many patterns a search tried, those not kept included. */
export function triedCount({ tried = [], tried_omitted: omitted = 0 }) {
  return tried.length + omitted;
}

/** What came closest to the path, as close_said of visualizer/lessons/kinds/resolver.py has it. */
function nearest({ slash, nearest: near = [] } = {}) {
  if (slash) {
    const end = slash.path.endsWith("/") ? "with a slash at its end" : "without the slash at its end";
    return `; ${end} ${slash.pattern || "the empty pattern"} ${slash.is_sure ? "would" : "may"} match it`;
  }
  if (!near.length) return "";
  const { pattern, would_match: would } = near[0];
  return `; ${pattern || "the empty pattern"} came closest${would ? `: it would match ${would}` : ""}`;
}

function notFound({ by, status, model }) {
  const became = status === "404" ? "" : `, which became a ${status}`;
  if (by !== "url_resolver") return ["Not found", `${by} raised Http404${became}`];
  const { path } = model.head.request;
  const missed = model.events.find((event) => event.kind === "resolver" && event.phase === "exit" && !event.detail.matched);
  const tried = missed && triedCount(missed.detail);
  if (!tried) return ["Not found", `no pattern matches ${path}${became}`];
  return [`Not found after ${plural(tried, "pattern")}`, `${tried === 1 ? "it does not match" : "none matches"} ${path}${became}${nearest(missed.detail.close)}`];
}

function disconnected({ sent, noView }) {
  return [`Disconnected${sent ? ` after ${plural(sent, "byte")}` : ""}`, `the client went away before the response was complete${noView}`];
}

const SAID = { completed, stopped, rescued, failed, not_found: notFound, disconnected };

/** {lead, sentence} of a request that has ended: "Stopped by X", "Stopped by X: it answered 403." */
export function fateOf(model) {
  const { outcome, response } = model.head;
  const exception = model.exceptions.at(-1)?.detail;
  const facts = {
    model,
    exception,
    by: authorName(model, outcome.by),
    status: String(response?.status ?? ""),
    sent: response?.body_bytes ?? null,
    kind: article(shortName(exception?.type ?? "exception")),
    raisedIn: authorName(model, exception?.raised_in),
    noView: outcome.view_ran === false ? ", and the view never ran" : "",
  };
  const [lead, rest] = SAID[outcome.kind]?.(facts) ?? ["The request ended", outcome.kind];
  return { lead, sentence: `${lead}: ${rest}.` };
}

/** {request, status, sentence, kind} of a trace; of a veiled one not how it ended. */
export function headlineOf(model) {
  const { request, response, outcome } = model.head;
  const query = request?.query_string ? `?${request.query_string}` : "";
  const asked = request ? `${request.method} ${request.path}${query}` : "";
  if (model.isVeiled) return { request: asked, status: "", sentence: "How does it end? Predict, then see.", kind: "running" };
  return {
    request: asked,
    status: response?.status ? String(response.status) : "",
    sentence: model.isFinished ? fateOf(model).sentence : "running…",
    kind: outcome?.kind ?? "running",
  };
}

/** What the duration contains and what it does not: "6.4 ms · recording took 31 µs · held 2 s, not counted". */
export function costOf(model) {
  const { duration_ns: total, overhead_ns: overhead, held_ns: held, omitted } = model.head;
  const left = Object.entries(omitted ?? {}).map(([kind, count]) => `${grouped(count)} more ${kind} events not kept`);
  const parts = [total ? duration(total) : "", model.isFinished && mostAlike(model), overhead ? `recording took ${duration(overhead)}` : "", held ? `held ${duration(held)}, not counted` : "", ...left];
  return parts.filter(Boolean).join(" · ");
}
