import assert from "node:assert/strict";
import { test } from "node:test";

import { buildSteps } from "../../frontend/model/steps.js";
import { TraceModel } from "../../frontend/model/trace.js";
import { layoutScene as layoutBare } from "../../frontend/scene/layout.js";
import * as more from "../../frontend/scene/more.js";
import { stateOf } from "../../frontend/scene/parts.js";
import { textWidth } from "../../frontend/scene/text.js";
import { behindProxy, deepTrace, load, modelOf, NAMES, readTrace, repeatingTrace } from "./traces.mjs";

/** As the page draws it once all is loaded. */
const layoutScene = (model, steps, size) => layoutBare(model, steps, size, more);

const SIZES = { wide: { width: 960, height: 680 }, small: { width: 712, height: 475 }, phone: { width: 390, height: 500 } };
const SMALL_TEXT = /mono|quiet|along|number/;

function sizeOf(part) {
  return SMALL_TEXT.test(part.cls) ? 10.5 : 12;
}

/** {left, right, top, bottom} of a text, narrowed by a pixel. */
function boxOf(part) {
  const font = part.cls.includes("mono") ? "mono" : "sans";
  const width = textWidth(part.text, sizeOf(part), font);
  const { x, y } = part.attrs;
  const left = { start: x, middle: x - width / 2, end: x - width }[part.attrs["text-anchor"]];
  return { left: left + 1, right: left + width - 1, top: y - sizeOf(part) * 0.7, bottom: y };
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function textsOf(layout) {
  return layout.groups.flatMap((group) => group.parts).filter((part) => part.tag === "text" && !part.attrs.transform);
}

function assertReadable(layout, where) {
  const texts = textsOf(layout).map((part) => ({ part, box: boxOf(part) }));
  for (const { part, box } of texts) assert.ok(box.left >= 0 && box.right <= layout.width && box.bottom <= layout.height, `${where}: ${part.key} "${part.text}" is outside`);
  texts.forEach((a, index) => {
    for (const b of texts.slice(index + 1)) assert.ok(!overlap(a.box, b.box), `${where}: "${a.part.text}" over "${b.part.text}"`);
  });
}

function assertConnected(layout, where) {
  layout.spots.forEach((spot, index) => {
    for (const point of spot.points) assert.ok(point.every(Number.isFinite), `${where}: step ${index}`);
    if (index === 0 || spot.points.length === 1) return;
    const [from, to] = [layout.spots[index - 1].points.at(-1), spot.points[0]];
    assert.ok(Math.hypot(from[0] - to[0], from[1] - to[1]) < 0.5, `${where}: step ${index} begins elsewhere than step ${index - 1} ended`);
  });
}

function assertNumbers(layout, where) {
  for (const part of layout.groups.flatMap((group) => group.parts)) {
    for (const [name, value] of Object.entries(part.attrs)) assert.ok(!/NaN|undefined|Infinity/.test(String(value)), `${where}: ${part.key} ${name}=${value}`);
  }
}

for (const [size, room] of Object.entries(SIZES)) {
  for (const name of NAMES) {
    test(`${name}, ${size}: all is inside, no text lies on another, the way is unbroken`, () => {
      const { model, steps } = load(name);
      const layout = layoutScene(model, steps, room);
      assertNumbers(layout, name);
      assertReadable(layout, name);
      assertConnected(layout, name);
    });
  }
  for (const name of ["product", "banned"]) {
    test(`${name} behind a proxy, ${size}: all is inside, no text lies on another, the way is unbroken`, () => {
      const model = modelOf(behindProxy(readTrace(name)));
      const layout = layoutScene(model, buildSteps(model), room);
      assertNumbers(layout, name);
      assertReadable(layout, name);
      assertConnected(layout, name);
    });
  }
  for (const count of [0, 1, 3, 30]) {
    test(`${count} layers, ${size}: all is inside, no text lies on another, the way is unbroken`, () => {
      const model = modelOf(deepTrace(count));
      const layout = layoutScene(model, buildSteps(model), room);
      assert.equal(layout.groups.filter((group) => group.kind === "layer").length, count);
      assertNumbers(layout, size);
      assertReadable(layout, size);
      assertConnected(layout, size);
    });
  }
  test(`at rest, ${size}: an outline without any figure`, () => {
    const layout = layoutScene(new TraceModel(null), [], room);
    assertReadable(layout, size);
    for (const part of textsOf(layout)) assert.doesNotMatch(part.text.replace(/^[4-7]$/, ""), /\d/);
  });
}

function groupOf(layout, key) {
  return layout.groups.find((group) => group.key === key);
}

test("a stopped request: what was never reached is dark and says who stopped it", () => {
  const { model, steps } = load("banned");
  const layout = layoutScene(model, steps, SIZES.wide);
  for (const key of ["resolver", "view", "template", "response", "layer:9", "layer:11"]) assert.ok(groupOf(layout, key).dark, key);
  for (const key of ["layer:0", "layer:8", "server"]) assert.ok(!groupOf(layout, key).dark, key);
  assert.equal(groupOf(layout, "band").parts[0].text, "never reached: stopped by BannedUserMiddleware");
});

test("a stopped request: the token turns round at the layer that answered", () => {
  const { model, steps } = load("banned");
  const layout = layoutScene(model, steps, SIZES.wide);
  const lowest = Math.max(...layout.track.segments.flatMap((segment) => segment.points.map(([, y]) => y)));
  assert.ok(lowest < layout.frame.rows[9].top);
  assert.ok(lowest > layout.frame.rows[8].top);
});

test("tones begin at the step that decided", () => {
  const toneOf = (name) => {
    const { model, steps } = load(name);
    const { tones } = layoutScene(model, steps, SIZES.wide);
    return tones.map(({ from, tone }) => `${steps[from].kind} ${tone}`);
  };
  assert.deepEqual(toneOf("product"), []);
  assert.deepEqual(toneOf("banned"), ["middleware refused"]);
  assert.deepEqual(toneOf("csrf"), ["hook refused"]);
  assert.deepEqual(toneOf("error"), ["view failed"]);
  assert.deepEqual(toneOf("unknown"), ["exception refused"]);
});

test("like queries are one connection with a count", () => {
  const { model, steps } = load("list");
  const { links } = layoutScene(model, steps, SIZES.wide);
  const queries = steps.filter((step) => step.kind === "database").length;
  assert.equal(links.reduce((sum, link) => sum + link.count, 0), queries);
  assert.ok(links.some((link) => link.count >= 10));
  assert.ok(links.length < queries / 2);
});

test("a layer is open while the request is further in, and done afterwards", () => {
  const { model, steps } = load("product");
  const layout = layoutScene(model, steps, SIZES.wide);
  const states = (key) => [...new Set(steps.map((step) => stateOf(groupOf(layout, key), step.index, layout.spots[step.index].areas)))];
  assert.deepEqual(states("layer:3"), ["todo", "now", "open", "done"].sort((a, b) => states("layer:3").indexOf(a) - states("layer:3").indexOf(b)));
  assert.equal(states("layer:3")[0], "todo");
  assert.equal(states("layer:3").at(-1), "done");
});

test("while a request runs, what has not come yet is not called never reached", () => {
  const trace = readTrace("banned");
  const model = new TraceModel(trace.id);
  model.apply({ ...trace, outcome: { kind: null }, events: trace.events.slice(0, 12) });
  const layout = layoutScene(model, buildSteps(model), SIZES.wide);
  assert.ok(layout.groups.every((group) => !group.dark));
});

test("middleware that was left out is counted where the server is", () => {
  const trace = readTrace("product");
  trace.events.find((event) => event.kind === "server").detail.unused = [{ path: "shop.Beta", reason: null }];
  const model = modelOf(trace);
  const server = groupOf(layoutScene(model, buildSteps(model), SIZES.wide), "server");
  assert.ok(server.parts.some((part) => part.title?.endsWith("1 left out")));
});

function proxied(detail) {
  const model = modelOf(behindProxy(readTrace("product"), detail));
  const steps = buildSteps(model);
  return { steps, layout: layoutScene(model, steps, SIZES.wide) };
}

test("a proxy is a stop of its own between client and server, on the way in only", () => {
  const { steps, layout } = proxied({});
  const group = groupOf(layout, "proxy");
  assert.deepEqual(textsOf({ groups: [group] }).map((part) => part.text), ["edge", "queued 3 ms", "for 203.0.113.9"]);
  const [, y] = layout.spots[steps.findIndex((step) => step.kind === "proxy")].points.at(-1);
  assert.ok(y > layout.frame.clientTop + layout.frame.client && y < layout.frame.serverTop);
  assert.deepEqual(layout.spots.flatMap((spot, index) => (spot.areas.includes("proxy") ? [steps[index].kind] : [])), ["proxy"]);
});

test("a queue time that cannot be known is said to be not known", () => {
  const { layout } = proxied({ queued_ns: null, hops: [], for: [] });
  assert.deepEqual(textsOf({ groups: [groupOf(layout, "proxy")] }).map((part) => part.text), ["Proxy", "queue time not known"]);
});

test("without a proxy there is no room for one", () => {
  const { model, steps } = load("product");
  const layout = layoutScene(model, steps, SIZES.wide);
  assert.equal(groupOf(layout, "proxy"), undefined);
  assert.equal(layout.frame.serverTop, layout.frame.proxyTop);
});

test("the view's box names the method of the class that answers", () => {
  const shown = (detail) => {
    const trace = deepTrace(2);
    const view = trace.events.find((event) => event.kind === "view");
    view.detail = { is_class: true, is_async: false, ...detail };
    const model = modelOf(trace);
    const layout = layoutScene(model, buildSteps(model), SIZES.wide);
    return textsOf(layout).find((part) => part.key === "view:line1").text;
  };
  assert.equal(shown({ method: "head", handler: "shop.views.ListView.get" }), "class, get");
  assert.equal(shown({ method: "delete", handler: "django.views.View.http_method_not_allowed" }), "class, no delete");
  assert.equal(shown({ method: "post", handler: null }), "class, post");
});
function partsOf(layout, start) {
  return layout.groups.flatMap((group) => group.parts).filter((part) => part.key.startsWith(start));
}

test("a layer whose work ran in another thread has a bump on that way, which says how long the leap took", () => {
  const { model, steps } = load("product");
  const layout = layoutScene(model, steps, SIZES.wide);
  const [security] = partsOf(layout, "leap:0:false");
  assert.match(security.title, /^process_request ran in ThreadPoolExecutor-1_0 for .+; .+ there, .+ back$/);
  // CartMiddleware is async through and through.
  assert.deepEqual(partsOf(layout, "leap:10:"), []);
  assert.ok(security.attrs.d.startsWith(`M${layout.frame.laneIn} `));
  const [, out] = partsOf(layout, "leap:0:");
  assert.ok(out.attrs.d.startsWith(`M${layout.frame.laneOut} `));
});

test("while a step runs in another thread than the server, the token is away, and the way there has a band", () => {
  for (const name of NAMES) {
    const { model, steps } = load(name);
    const layout = layoutScene(model, steps, SIZES.wide);
    const home = model.server.enter.thread;
    layout.spots.forEach(({ isAway }, index) => assert.equal(isAway, steps[index].kind !== "client" && steps[index].event.thread !== home, `${name} ${index}`));
  }
  const { model, steps } = load("product");
  const [band] = partsOf(layoutScene(model, steps, SIZES.wide), "away:");
  assert.ok(band.attrs.width > 300);
});

test("awaits gathered have a strand each, side by side, with a mark where each had the thread", () => {
  for (const room of Object.values(SIZES)) {
    const { model, steps } = load("gather");
    const layout = layoutScene(model, steps, room);
    const strands = partsOf(layout, "strand:").map((part) => part.attrs.d);
    assert.equal(new Set(strands).size, 3);
    assert.ok(partsOf(layout, "worked:").every((part) => /L/.test(part.attrs.d)));
    assert.ok(partsOf(layout, "view:line").some((part) => part.text === "3 awaits at once"));
  }
});

test("a cache is a place of its own, with its hits and misses, and a way to it", () => {
  const { model, steps } = load("cache");
  const layout = layoutScene(model, steps, SIZES.wide);
  const [title] = partsOf(layout, "cache:default:title");
  assert.match(title.text, /^Cache default · .*1 miss/);
  const link = layout.links.find(({ store }) => store === "cache:default");
  assert.ok(link && layout.spots[link.first].areas.includes("cache:default"));
});

test("each database has a place of its own; the first keeps its name", () => {
  const trace = readTrace("list");
  const half = trace.events.map((event) => (event.kind === "database" && event.seq % 4 < 2 ? { ...event, name: "replica" } : event));
  const spans = new Map(half.filter((event) => event.phase === "enter").map((event) => [event.span, event.name]));
  const model = modelOf({ ...trace, events: half.map((event) => (event.kind === "database" ? { ...event, name: spans.get(event.span) } : event)) });
  for (const [size, room] of Object.entries(SIZES)) {
    const layout = layoutScene(model, buildSteps(model), room);
    const boxes = layout.groups.filter((group) => group.kind === "database");
    assert.deepEqual(boxes.map((group) => group.key), ["database", boxes[1].key]);
    assert.ok(["database:replica", "database:default"].includes(boxes[1].key));
    assertReadable(layout, size);
    assertConnected(layout, size);
  }
});

test("a stream is drawn as its chunks, each from the step at which it was sent", () => {
  for (const room of Object.values(SIZES)) {
    const { model, steps } = load("stream");
    const layout = layoutScene(model, steps, room);
    const sent = steps.filter((step) => step.event.name === "http.response.body" && step.event.detail.bytes);
    const chunks = partsOf(layout, "chunk:");
    assert.ok(sent.length > 20 && chunks.length >= 2);
    assert.equal(chunks.reduce((sum, part) => sum + part.title.split("\n").length, 0), sent.length);
    assert.ok(chunks.every((part, index) => index === 0 || part.from > chunks[index - 1].from));
    assert.ok(chunks.every((part) => part.attrs.x > layout.frame.clientBox.x + layout.frame.clientBox.width));
  }
  const { model, steps } = load("product");
  assert.deepEqual(partsOf(layoutScene(model, steps, SIZES.wide), "chunk"), []);
});

test("an exception travels up in its own tone, until a layer rescues the request", () => {
  const { model, steps } = load("rescued");
  const { tones, track } = layoutScene(model, steps, SIZES.wide);
  assert.deepEqual(tones.map(({ tone }) => tone), ["failed", ""]);
  assert.equal(steps[tones[0].from].label, "cart_add raises OutOfStockError");
  assert.equal(steps[tones[1].from].kind, "response");
  const failed = track.segments.filter((segment) => segment.tone === "failed");
  assert.ok(failed.length && failed.every((segment) => segment.at >= tones[0].from && segment.at < tones[1].from));
});

for (const [size, room] of Object.entries(SIZES)) {
  for (const [kinds, each] of [[1, 10_000], [40, 2], [120, 3], [390, 1]]) {
    test(`${kinds} sorts of queries, each ${each} times, ${size}: all is inside, no text lies on another`, () => {
      const trace = repeatingTrace(kinds * each);
      let at = 0;
      const events = trace.events.map((event) => (event.kind === "database" && event.phase === "enter" ? { ...event, detail: { ...event.detail, sql: `SELECT ${at++ % kinds}` } } : event));
      const model = modelOf({ ...trace, events });
      const layout = layoutScene(model, buildSteps(model), room);
      assert.equal(layout.links.reduce((sum, link) => sum + link.count, 0), kinds * each);
      assertNumbers(layout, size);
      assertReadable(layout, size);
      assertConnected(layout, size);
    });
  }
}
test("the picture of a veiled request does not tell where it turned", () => {
  const { model, steps } = load("banned");
  const layers = (layout) => layout.groups.filter((group) => group.key.startsWith("layer:"));
  model.isVeiled = true;
  const veiled = layoutScene(model, steps, SIZES.wide);
  assert.equal(layers(veiled).length, model.layerCount);
  assert.ok(veiled.groups.every((group) => !group.dark));
  model.isVeiled = false;
  const told = layers(layoutScene(model, steps, SIZES.wide));
  assert.equal(told.filter((group) => group.dark).length, model.layerCount - 9);
});
