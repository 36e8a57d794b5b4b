/** One line on a whole trace: what was asked, what came of it, and what the times shown contain. */

import { duration, grouped, shortName } from "./format.js";
import { reasonOf } from "./verdict.js";

const SAYINGS = {
  completed: ({ by }) => (by ? `answered by ${shortName(by)}` : "answered"),
  stopped: () => "the view never ran",
  rescued: ({ by }) => `turned into a response by ${shortName(by)}`,
  failed: () => "became Django's error response",
  not_found: ({ by }) => (by === "url_resolver" ? "" : "not found"),
  disconnected: () => "before the response was complete",
};

function sentenceOf(model) {
  const { outcome } = model.head;
  if (!outcome?.kind) return "running…";
  const saying = outcome.kind === "stopped" && outcome.view_ran ? "after the view ran" : SAYINGS[outcome.kind]?.(outcome);
  return [reasonOf(model), saying].filter(Boolean).join(", ");
}

/** {request, status, sentence, tone} of a trace. */
export function headlineOf(model) {
  const { request, response, outcome } = model.head;
  const query = request?.query_string ? `?${request.query_string}` : "";
  return {
    request: request ? `${request.method} ${request.path}${query}` : "",
    status: response?.status ? String(response.status) : "",
    sentence: sentenceOf(model),
    kind: outcome?.kind ?? "running",
  };
}

/** What the duration contains and what it does not: "6.4 ms · recording took 31 µs · held 2 s". */
export function costOf(model) {
  const { duration_ns: total, overhead_ns: overhead, held_ns: held, omitted } = model.head;
  const left = Object.entries(omitted ?? {}).map(([kind, count]) => `${grouped(count)} more ${kind} events not kept`);
  const parts = [total ? duration(total) : "", overhead ? `of it recording ${duration(overhead)}` : "", held ? `held ${duration(held)}, not counted` : "", ...left];
  return parts.filter(Boolean).join(" · ");
}
