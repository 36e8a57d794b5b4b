/** One trace as it becomes known: spans, layers, queries, templates, outcome. Knows no DOM and no time but the trace's. */

import { shortName } from "./format.js";

const DEEP = 10_000;

function newLayer(position) {
  return { index: position - 1, name: null, path: null, enter: null, passedOn: null, cameBack: null, exit: null, span: null };
}

export class TraceModel {
  constructor(id) {
    this.id = id;
    this.head = { id, request: null, response: null, outcome: { kind: null }, process: {}, duration_ns: null, omitted: {} };
    this.events = [];
    // Whether the server has said that it keeps it no longer.
    this.isGone = false;
    this.spans = new Map();
    this.layers = [];
    this.layerCount = 0;
    this.queries = [];
    this.templates = [];
    this.hooks = [];
    this.permissions = [];
    this.exceptions = [];
    this.proxy = null;
    this.server = null;
    this.sent = null;
    this.resolver = null;
    this.view = null;
    this.response = null;
    this.browser = { request: null, response: null };
    this.version = 0;
    this.isVeiled = false;
    this.waiting = new Map();
  }

  /** Take what a trace says of itself; fields that are left out keep their value. */
  apply(head) {
    const { events, ...rest } = head;
    this.head = { ...this.head, ...rest, outcome: rest.outcome ?? this.head.outcome };
    this.version += 1;
    if (events) this.addEvents(events);
  }

  /** Take events in any order and any number of times; returns how many were new. */
  addEvents(events) {
    const before = this.events.length;
    for (const event of events) {
      if (event.seq === this.events.length) this.#append(event);
      else if (event.seq > this.events.length) this.waiting.set(event.seq, event);
    }
    for (let next; (next = this.waiting.get(this.events.length)); ) this.#append(next);
    if (this.events.length > before) this.version += 1;
    return this.events.length - before;
  }

  #append(event) {
    this.waiting.delete(event.seq);
    this.events.push(event);
    this.#take(event);
  }

  /** The first gap in what has arrived as [from, to], or null. */
  get gap() {
    if (!this.waiting.size) return null;
    return [this.events.length, Math.min(...this.waiting.keys()) - 1];
  }

  get isFinished() {
    return Boolean(this.head.outcome?.kind);
  }

  /** Whether there is so much that the server needs a while for the text of one step. */
  get isDeep() {
    return this.events.length > DEEP;
  }

  /** Names of the layers from the outermost; null where a layer was not reached and the trace does not name it. */
  layerName(index) {
    return this.layers[index]?.name ?? (shortName(this.server?.enter.detail.middleware?.[index]) || null);
  }

  #take(event) {
    if (event.phase === "enter") this.#open(event);
    if (event.phase === "exit") this.#close(event);
    this[TAKERS[event.kind]]?.(event);
  }

  #open(event) {
    const parent = this.spans.get(event.parent) ?? null;
    const span = { id: event.span, kind: event.kind, name: event.name, parent, enter: event, exit: null };
    span.depth = parent ? parent.depth + 1 : 0;
    this.spans.set(event.span, span);
  }

  #close(event) {
    const span = this.spans.get(event.span);
    if (span) span.exit = event;
  }

  takeClient(event) {
    if (event.stage === "client_response") this.browser.response = event;
    else if (event.name === "browser") this.browser.request = event;
  }

  takeProxy(event) {
    this.proxy = event;
  }

  takeServer(event) {
    if (event.phase === "enter") this.server = this.spans.get(event.span);
    if (completes(event) && this.head.process?.interface !== "test") this.sent ??= event;
  }

  takeMiddleware(event) {
    if (event.phase === "enter") this.#openLayer(event);
    const layer = this.layerOf(event);
    if (!layer) return;
    if (event.phase === "exit") layer.exit = event;
    if (event.detail.moment === "passed_on") layer.passedOn = event;
    if (event.detail.moment === "came_back") layer.cameBack = event;
  }

  #openLayer(event) {
    const position = event.detail.position ?? this.layers.length + 1;
    const layer = (this.layers[position - 1] ??= newLayer(position));
    Object.assign(layer, { path: event.name, name: shortName(event.name), enter: event, span: event.span });
    this.layerCount = Math.max(this.layerCount, event.detail.of ?? 0, position);
  }

  /** The layer that an event belongs to by its own span, or by the nearest span around it. */
  layerOf(event) {
    let span = this.spans.get(event.span ?? event.parent) ?? null;
    while (span && span.kind !== "middleware") span = span.parent;
    return span ? this.layers.find((layer) => layer?.span === span.id) ?? null : null;
  }

  takeResolver(event) {
    this.resolver = this.spans.get(event.span) ?? this.resolver;
  }

  takeView(event) {
    if (event.phase === "enter") this.view = this.spans.get(event.span);
  }

  takeTemplate(event) {
    if (event.phase === "enter") this.templates.push(this.spans.get(event.span));
  }

  takeDatabase(event) {
    if (event.phase === "enter") this.queries.push(this.spans.get(event.span));
  }

  takeHook(event) {
    if (event.phase === "enter") this.hooks.push(this.spans.get(event.span));
  }

  takePermission(event) {
    if (event.phase === "enter") this.permissions.push(this.spans.get(event.span));
  }

  takeException(event) {
    this.exceptions.push(event);
  }

  takeResponse(event) {
    this.response = event;
  }
}

/** ASGI's last message, or WSGI's server closing a response that it has read. */
function completes({ phase, name, detail }) {
  if (phase !== "point") return false;
  return name === "close" ? !detail.early : name === "http.response.body" && detail.more === false && !detail.error;
}

const TAKERS = {
  client: "takeClient",
  proxy: "takeProxy",
  server: "takeServer",
  middleware: "takeMiddleware",
  resolver: "takeResolver",
  view: "takeView",
  template: "takeTemplate",
  database: "takeDatabase",
  hook: "takeHook",
  permission: "takePermission",
  exception: "takeException",
  response: "takeResponse",
};

/** How long a span took, in ns; null while it is open. */
export function spanDuration(span) {
  return span?.exit ? span.exit.t_ns - span.enter.t_ns : null;
}

/** The layer that answered instead of passing the request on, or null. */
export function answeringLayer(model) {
  return model.layers.find((layer) => layer?.exit && !layer.passedOn) ?? null;
}
