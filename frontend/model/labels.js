/** What a step is called, in a few words; used by the readout, titles and the list for screen readers. */

import { baseName, bytes, duration, plural, shortName } from "./format.js";

const SERVER_POINTS = {
  "http.request": "Request body",
  "http.disconnect": "Client went away",
  "http.response.start": "Status and headers",
  "http.response.body": "Response body",
  start_response: "Status and headers",
  body: "Response body",
  close: "Response closed",
  closed: "Response closed",
  "wsgi.input": "Request body read",
};

function ofClient(model, event) {
  if (event.stage === "client_response") return "The browser has the response";
  return event.name === "browser" ? "The browser sends" : event.name;
}

function ofProxy(model, event) {
  const name = event.detail.hops?.join(", ") || "A proxy";
  const queued = event.detail.queued_ns;
  return `${name} hands it on${queued === null || queued === undefined ? "" : `, queued ${duration(queued)}`}`;
}

function ofServer(model, event) {
  if (event.phase === "enter") return `${event.name} takes the request`;
  if (event.phase === "exit") return `${event.name} is done`;
  // ASGI sends this too when a response is complete.
  if (event.name === "http.disconnect" && isSentBefore(model, event)) return "The exchange is over";
  const size = event.detail.bytes ? ` · ${bytes(event.detail.bytes)}` : "";
  return (SERVER_POINTS[event.name] ?? event.name) + size;
}

function isSentBefore(model, event) {
  return model.sent !== null && event.seq > model.sent.seq && model.head.outcome?.kind !== "disconnected";
}

function ofMiddleware(model, event) {
  const name = shortName(event.name);
  if (event.phase === "enter") return `${name}, way in`;
  const results = { answered: "answers instead", raised: "raises", replaced: "replaces the response" };
  const result = results[event.detail.result];
  return result ? `${name} ${result}` : `${name}, way out`;
}

function ofHook(model, event) {
  const parts = event.name.split(".");
  return parts.slice(-2).join(".");
}

/** "SELECT shop_product", the words that tell one query from another. */
export function queryTitle(sql) {
  const words = /^\s*(\w+)/.exec(sql ?? "")?.[1]?.toUpperCase() ?? "SQL";
  const table = /\b(?:FROM|INTO|UPDATE|TABLE)\s+["`[]?([\w.]+)/i.exec(sql ?? "")?.[1];
  return table ? `${words} ${table}` : words;
}

function ofTemplate(model, event) {
  const node = event.detail.node ?? "template";
  const own = { block: "Block", macro: "Macro", tag: "Tag" }[node];
  if (own) return `${own} ${event.name}`;
  const words = { extends: "Extends", include: "Includes", import: "Imports", inclusion: "Shows", partial: "Partial", template: "Renders" };
  return `${words[node] ?? "Renders"} ${baseName(event.name)}`;
}

function ofView(model, event) {
  const raised = event.detail.error?.type;
  const ending = raised ? `raises ${shortName(raised)}` : "returns";
  return `${shortName(event.name)} ${event.phase === "enter" ? "is called" : ending}`;
}

function ofPermission(model, event) {
  const exit = model.spans.get(event.span)?.exit;
  const answer = exit ? (exit.detail.allowed ? " ✓" : " ✗") : "";
  return `has_perm ${event.name}${answer}`;
}

function ofCache(model, event) {
  const { key, keys } = event.detail;
  const exit = model.spans.get(event.span)?.exit?.detail ?? {};
  const answers = new Map([[true, " ✓ hit"], [false, " ✗ miss"]]);
  const found = exit.hits == null ? "" : `, ${exit.hits} found`;
  const asked = key ?? (keys == null ? "" : plural(keys, "key"));
  return `Cache: ${event.name} ${asked}`.trim() + (answers.get(exit.hit) ?? found);
}

function ofSignal(model, event) {
  const { count } = event.detail;
  return `Signal: ${event.name}${count ? `, ${plural(count, "receiver")}` : ""}`;
}

function ofOutbound(model, event) {
  const exit = model.spans.get(event.span)?.exit?.detail;
  const answer = exit ? ` → ${exit.status ?? exit.error?.type ?? "no response"}` : "";
  return `Asks ${event.name}${answer}`;
}

function ofMessage(model, event) {
  return `Message (${event.name})${event.detail.kept === false ? ", not kept" : ""}`;
}

function ofForm(model, event) {
  const { valid } = model.spans.get(event.span)?.exit?.detail ?? {};
  const answers = new Map([[true, " ✓ valid"], [false, " ✗ not valid"]]);
  return `Checks ${shortName(event.name)}${answers.get(valid) ?? ""}`;
}

const LABELS = {
  client: ofClient,
  proxy: ofProxy,
  server: ofServer,
  middleware: ofMiddleware,
  hook: ofHook,
  resolver: () => "URL resolver",
  view: ofView,
  permission: ofPermission,
  cache: ofCache,
  signal: ofSignal,
  outbound: ofOutbound,
  message: ofMessage,
  form: ofForm,
  database: (model, event) => queryTitle(event.detail.sql),
  transaction: (model, event) => `Transaction: ${event.name}`,
  template: ofTemplate,
  hop: (model, event) => `${shortName(event.detail.function)} runs in ${event.detail.to ?? "no thread"}`,
  exception: (model, event) => `${event.name} raised`,
  response: (model, event) => `Response ${event.detail.status} ${event.detail.reason ?? ""}`.trim(),
  recorder: () => "A probe failed; the request went on",
};

/** Whether the client had all of the response by then: what runs now keeps nobody waiting. */
function isAfterSending(model, event) {
  return isSentBefore(model, event) && !["client", "server"].includes(event.kind);
}

export function labelOf(model, event) {
  const label = LABELS[event.kind]?.(model, event) ?? `${event.kind} ${event.name}`;
  return isAfterSending(model, event) ? `${label} · after the response was sent` : label;
}
