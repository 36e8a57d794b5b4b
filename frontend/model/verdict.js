/** What became of a request, as the picture needs it: where it turned, what was never reached and why, from which step it is in trouble. */

import { fateOf } from "./headline.js";
import { answeringLayer } from "./trace.js";

/** Index of the layer at which the request turned round, or null. Of a veiled model, whose end is still to be guessed, neither this nor anything else is told. */
export function turnedAt(model) {
  return model.isVeiled ? null : answeringLayer(model)?.index ?? null;
}

function toneOfStatus(status, otherwise) {
  if (status >= 500) return "failed";
  return status >= 400 ? "refused" : otherwise;
}

function toneOf(model) {
  const kind = model.head.outcome?.kind;
  const status = model.head.response?.status ?? model.response?.detail.status ?? 0;
  if (kind === "failed" || kind === "disconnected") return "failed";
  if (kind === "not_found") return "refused";
  return toneOfStatus(status, kind === "stopped" ? "turned" : "");
}

function answers(step) {
  return ["answered", "raised"].includes(step.event.detail.result);
}

/** The exception is told once somebody has handled it: it left the view before the hooks were asked. */
function isRaisingView({ kind, event }) {
  return kind === "view" && event.phase === "exit" && Boolean(event.detail.error);
}

/** The step that decided: the raise, the answer of a layer or hook, else the response. */
function decisiveStep(model, steps) {
  const raised = steps.find((step) => step.kind === "exception");
  if (raised) return steps.find((step) => step.index < raised.index && isRaisingView(step)) ?? raised;
  const left = model.head.outcome?.kind === "disconnected" && steps.find((step) => step.event.name === "http.disconnect");
  if (left) return left;
  const layer = answeringLayer(model);
  if (layer) return steps.find((step) => step.event === layer.exit);
  const hook = model.hooks.find((span) => span.exit?.detail.result === "answered");
  return steps.find((step) => step.event === hook?.enter || answers(step)) ?? steps.find((step) => step.kind === "response");
}

/** The response that a hook made of the exception, else the layer that caught it. */
function rescueStep(model, steps, after) {
  const by = model.head.outcome.by;
  const isHook = model.hooks.some((span) => span.exit?.detail.result === "answered" && by && span.enter.name.startsWith(by));
  const made = isHook && steps.find((step) => step.index > after && step.kind === "response");
  if (made) return made;
  return steps.find((step) => step.index > after && step.kind !== "exception" && by && step.event.name.startsWith(by));
}

/** [{from, tone}]: from which step on the way is drawn in which tone ("" is all well). */
export function tonesOf(model, steps) {
  const decisive = decisiveStep(model, steps);
  if (!decisive) return [];
  const tone = toneOf(model);
  if (model.head.outcome?.kind !== "rescued") return tone ? [{ from: decisive.index, tone }] : [];
  const rescue = rescueStep(model, steps, decisive.index);
  return [{ from: decisive.index, tone: "failed" }, ...(rescue ? [{ from: rescue.index, tone }] : [])];
}

export function toneAt(tones, index) {
  return tones.findLast((each) => each.from <= index)?.tone ?? "";
}

/** Who kept the request from going on: "stopped by BannedUserMiddleware"; "" where nobody did. */
export function reasonOf(model) {
  if (!model.isFinished || model.head.outcome.kind === "completed") return "";
  const { lead } = fateOf(model);
  return lead[0].toLowerCase() + lead.slice(1);
}

/** Whether it is certain that what has not been seen will not come any more. */
export function isSettled(model) {
  return !model.isVeiled && (model.isFinished || turnedAt(model) !== null);
}
