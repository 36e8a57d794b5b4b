import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress } from "../../frontend/address.js";
import { FrameCount } from "../../frontend/frames.js";
import { actionOf } from "../../frontend/keys.js";
import { changeChoices, changeText } from "../../frontend/model/changes.js";
import { bytes, duration, moment, plural } from "../../frontend/model/format.js";
import { costOf, headlineOf } from "../../frontend/model/headline.js";
import { bodyOf, guessType, parseHeaders, parseThen } from "../../frontend/outgoing.js";
import { reportOf, subrequestsOf } from "../../frontend/report.js";
import { layoutRibbon, msAtX } from "../../frontend/ribbon/layout.js";
import { alongTheWay, roundedLine } from "../../frontend/scene/path.js";
import { fit } from "../../frontend/scene/text.js";
import { Timeline } from "../../frontend/model/timeline.js";
import { load } from "./traces.mjs";

test("durations have a unit that suits them", () => {
  assert.deepEqual([0, 400, 9_940, 14_000, 999_400, 1_234_000, 45_600_000, 2_500_000_000].map(duration), ["0 µs", "0.4 µs", "9.9 µs", "14 µs", "999 µs", "1.23 ms", "45.6 ms", "2.5 s"]);
  assert.equal(duration(null), "");
  assert.equal(moment(-2_318_000), "−2.318 ms");
});

test("sizes and counts", () => {
  assert.deepEqual([12, 5_200, 24_130, 1_300_000].map(bytes), ["12 B", "5.2 kB", "24.1 kB", "1.3 MB"]);
  assert.equal(plural(1, "query", "queries"), "1 query");
  assert.equal(plural(2300, "query", "queries").replace(/\s/g, " "), "2,300 queries");
});

test("frames: a gap is asked for again, every eighth frame is confirmed up to what is whole", () => {
  const frames = new FrameCount();
  frames.startAfter(40);
  assert.deepEqual(frames.take(41), []);
  assert.deepEqual(frames.take(44), [{ again: [42, 43] }]);
  assert.equal(frames.confirmed, 41);
  assert.deepEqual(frames.take(42), []);
  assert.equal(frames.confirmed, 42);
  frames.take(43);
  assert.equal(frames.confirmed, 44);
  const answers = [45, 46, 47, 48].flatMap((n) => frames.take(n));
  assert.deepEqual(answers, [{ ack: 48 }]);
});

test("what a middleware changed, in ever fewer words", () => {
  const add = (what) => ({ op: "add", what, value: "v", was: null });
  assert.equal(changeText(add("header Content-Language")), "+ Content-Language");
  assert.equal(changeText({ op: "change", what: "body", was: "24130 bytes", value: "5200 bytes" }), "24.1 kB → 5.2 kB");
  assert.equal(changeText({ op: "change", what: "status", was: "200", value: "304" }), "status 200 → 304");
  const zip = [{ op: "change", what: "header Vary", was: "Cookie, Accept-Language", value: "Cookie, Accept-Language, Accept-Encoding" }, { op: "change", what: "header Content-Length", was: "24130", value: "5200" }, { op: "change", what: "body", was: "24130 bytes", value: "5200 bytes" }];
  assert.equal(changeChoices(zip)[0], "24.1 kB → 5.2 kB, ~ Vary");
  assert.deepEqual(changeChoices([]), []);
});

test("keys: each does its work, and none while typing or with a modifier", () => {
  const press = (key, more = {}) => actionOf({ key, target: { closest: () => null }, ...more })?.action ?? null;
  assert.equal(press(" "), "toggle");
  assert.equal(press("ArrowRight"), "next");
  assert.equal(press("ArrowLeft", { shiftKey: true }), "previousStage");
  assert.equal(press("."), "next");
  assert.equal(press("/"), "search");
  assert.equal(press("?", { shiftKey: true }), "help");
  assert.deepEqual(actionOf({ key: "7", target: null }), { action: "share", value: 0.7 });
  assert.equal(press("["), "previousBreakpoint");
  assert.equal(press("b"), "toggleBreakpoint");
  assert.equal(press("i"), "loopIn");
  assert.equal(press("§"), null);
  assert.equal(press("ArrowRight", { ctrlKey: true }), null);
  assert.equal(press(" ", { target: { closest: (selector) => selector.includes("input") } }), null);
});

test("the browser's timings become a report; a redirect before does not count", () => {
  const entry = { startTime: 10, redirectEnd: 0, fetchStart: 10, connectStart: 11, connectEnd: 12, requestStart: 12, responseStart: 20, responseEnd: 22, nextHopProtocol: "http/1.1", transferSize: 900, encodedBodySize: 600, decodedBodySize: 2000 };
  const more = { timeOrigin: 1_700_000_000_000, status: 200, rendered: "x", subrequests: [] };
  const report = reportOf(entry, more);
  assert.equal(report.first_byte_ns, 8_000_000);
  assert.equal(report.queued_ns, 1_000_000);
  assert.equal(report.total_ns, 12_000_000);
  assert.ok(Number.isInteger(report.start_epoch_ns));
  assert.equal(reportOf({ ...entry, redirectEnd: 9, startTime: 2 }, more).total_ns, 12_000_000);
});

test("requests that the page made by itself are those after its own", () => {
  const own = { name: "http://h/a", startTime: 0, responseEnd: 10 };
  const css = { name: "http://h/s.css?v=1", startTime: 12, responseEnd: 15, duration: 3, initiatorType: "link", responseStatus: 200 };
  assert.deepEqual(subrequestsOf([own, css], own), [{ path: "/s.css?v=1", initiator: "link", duration_ns: 3_000_000, status: 200 }]);
});

test("headers are read line by line, and a wrong line is named", () => {
  assert.deepEqual(parseHeaders("A: b: c\n\n X-Y:z "), [["A", "b: c"], ["X-Y", "z"]]);
  assert.throws(() => parseHeaders("no colon"), /“no colon” is not a header/);
  assert.equal(guessType('{"a": 1}'), "application/json");
  assert.equal(guessType("a=1"), "application/x-www-form-urlencoded");
});

test("what follows is read line by line, and a wrong line is named", () => {
  assert.deepEqual(parseThen(" GET /cart/?a=1\n\nPOST /x y/"), [{ method: "GET", path: "/cart/?a=1" }, { method: "POST", path: "/x y/" }]);
  for (const wrong of ["/cart/", "GET cart/", "GET //elsewhere.example/", "get /cart/"]) assert.throws(() => parseThen(wrong), new RegExp(`“${wrong}” is not a request`));
});

test("a multipart body has the line ends that a text field cannot hold", () => {
  assert.equal(bodyOf("--x\nA: b\r\n\nc", "multipart/form-data; boundary=x"), "--x\r\nA: b\r\n\r\nc");
  assert.equal(bodyOf("a\nb", "text/plain"), "a\nb");
  assert.equal(bodyOf("a\nb", undefined), "a\nb");
});

test("the address names trace and step, steps counted from 1", () => {
  const trace = "0123456789abcdef";
  const empty = { trace: null, step: null, with: null, find: "", problem: "" };
  assert.deepEqual(readAddress(`#trace=${trace}&step=3`), { ...empty, trace, step: 2 });
  assert.deepEqual(readAddress(""), empty);
  assert.deepEqual(readAddress(`#trace=${trace}&with=fedcba9876543210&find=ms%3A%3E5`), { ...empty, trace, with: "fedcba9876543210", find: "ms:>5" });
});

test("what is wrong with an address is said, and left out", () => {
  const trace = "0123456789abcdef";
  const { problem, ...rest } = readAddress(`#trace=${trace}&step=x`);
  assert.match(problem, /step “x”; steps are numbered from 1/);
  assert.deepEqual(rest, { trace, step: null, with: null, find: "" });
  assert.match(readAddress("#trace=ab12").problem, /“ab12”; an id has 16 hexadecimal digits/);
  assert.equal(readAddress("#trace=ab12").trace, null);
  assert.match(readAddress("#tracs=1").problem, /“tracs”, which this page does not know; it knows trace, step, with, find/);
});

test("the headline says what became of the request", () => {
  const sentence = (name) => headlineOf(load(name).model).sentence;
  assert.equal(sentence("product"), "Completed: product_detail answered 200.");
  assert.equal(sentence("banned"), "Stopped by BannedUserMiddleware: it answered 403, and the view never ran.");
  assert.equal(sentence("slash"), "Stopped by CommonMiddleware: it answered 301, and the view never ran.");
  assert.match(sentence("unknown"), /^Not found after \d+ patterns: none matches \/no\/such\/page\/\.$/);
  assert.equal(sentence("error"), "Failed in average_order: a ZeroDivisionError became Django's own 500 error response.");
  assert.match(costOf(load("list").model), /^[\d.]+ ms · 24 like queries, from line 87 of models\.py · recording took /);
  assert.match(costOf(load("product").model), /ms · .*recording took /);
});

test("a rounded line stays within its corners and is measured along its way", () => {
  const { d, points } = roundedLine([[0, 0], [100, 0], [100, 50]], 10);
  assert.match(d, /^M0 0L90 0Q100 0 100 10L100 50$/);
  const way = alongTheWay(points);
  assert.equal(way[0].offset, 0);
  assert.equal(way.at(-1).offset, 1);
  for (const [index, { offset }] of way.entries()) assert.ok(index === 0 || offset >= way[index - 1].offset);
});

test("text that does not fit is cut with an ellipsis, or left out", () => {
  assert.equal(fit("short", 100, 12), "short");
  assert.match(fit("a rather long name of a template", 80, 12), /^a rath.*…$/);
  assert.equal(fit("middleware", 8, 12), "");
});

test("the ribbon fills its width and maps back to playing time", () => {
  const timeline = new Timeline(load("product").steps, "log");
  const cells = layoutRibbon(timeline, 800);
  assert.equal(cells.length, timeline.steps.length);
  assert.ok(cells.at(-1).x + cells.at(-1).width <= 800.01);
  assert.equal(msAtX(timeline, 400, 800), timeline.totalMs / 2);
});
