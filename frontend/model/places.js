/** Where in the picture an event happens: {area, index?, side?}. Areas: client, proxy, server, layer, resolver, view, template, response. */

const AREA_OF_STAGE = {
  client_request: { area: "client", side: "in" },
  server_request: { area: "server", side: "in" },
  url_resolver: { area: "resolver" },
  view: { area: "view" },
  template: { area: "template" },
  response: { area: "response" },
  server_response: { area: "server", side: "out" },
  client_response: { area: "client", side: "out" },
};

function sideOf(layer, event) {
  if (!layer.passedOn) return event.phase === "exit" ? "out" : "in";
  return event.seq < layer.passedOn.seq ? "in" : "out";
}

/** True between `get_response` being called and coming back: what happens there belongs to what is further in. */
function isFurtherIn(layer, event) {
  return layer.passedOn && event.seq > layer.passedOn.seq && (!layer.cameBack || event.seq < layer.cameBack.seq);
}

function placeInLayer(layer, event) {
  if (!layer) return null;
  const inner = AREA_OF_STAGE[event.stage];
  if (isFurtherIn(layer, event) && inner) return inner;
  return { area: "layer", index: layer.index, side: sideOf(layer, event) };
}

function placeInSpan(model, span, event) {
  if (span.kind === "middleware") return placeInLayer(model.layerOf({ span: span.id }), event);
  if (span.kind === "hook") return placeOfHook(span.enter);
  if (span.kind === "server") return AREA_OF_STAGE[event.stage] ?? { area: "server", side: "in" };
  if (span.kind === "template") return placeOfTemplate(model, span.enter);
  return ["resolver", "view"].includes(span.kind) ? { area: span.kind } : null;
}

/** A template that a layer renders for its own answer is at that layer: the request never got as far as the template stage. */
function placeOfTemplate(model, event) {
  let span = model.spans.get(event.parent);
  while (span && !["middleware", "view"].includes(span.kind)) span = span.parent;
  const place = span?.kind === "middleware" ? placeInLayer(model.layerOf({ span: span.id }), event) : null;
  return place?.area === "layer" ? place : { area: "template" };
}

function placeOfHook(event) {
  return { area: event.stage === "url_resolver" ? "resolver" : "response" };
}

function placeAround(model, event) {
  for (let span = model.spans.get(event.parent); span; span = span.parent) {
    const place = placeInSpan(model, span, event);
    if (place) return place;
  }
  return AREA_OF_STAGE[event.stage] ?? { area: "server", side: "in" };
}

/** ASGI's word that the exchange is over is received, as the request was, but the request has long gone back. */
function isAfterSending(model, event) {
  return event.name === "http.disconnect" && model.sent !== null && event.seq > model.sent.seq;
}

/** Where `event` happens. A response made by a layer is at that layer, not in the response box. */
export function placeOf(model, event) {
  if (event.kind === "proxy") return { area: "proxy", side: "in" };
  if (isAfterSending(model, event)) return AREA_OF_STAGE.server_response;
  if (event.kind === "client" || (event.kind === "server" && event.name !== "wsgi.input")) return AREA_OF_STAGE[event.stage];
  if (event.kind === "middleware") {
    const layer = model.layerOf(event);
    return { area: "layer", index: layer?.index ?? 0, side: event.phase === "enter" ? "in" : "out" };
  }
  if (event.kind === "hook") return placeOfHook(event);
  if (event.kind === "template") return placeOfTemplate(model, event);
  if (event.kind === "resolver" || event.kind === "view") return { area: event.kind };
  return placeAround(model, event);
}

export function placeKey(place) {
  return [place.area, place.index, place.side].filter((part) => part !== undefined).join(":");
}
