import assert from "node:assert/strict";
import { test } from "node:test";

import { complete, completions, tallyOf } from "../../frontend/find/completion.js";
import { readQuery } from "../../frontend/find/query.js";
import { OUTCOMES, TERMS } from "../../frontend/find/terms.js";

function record(values = {}) {
  const { status = 200, ...rest } = values;
  const shown = { method: "GET", status: String(status ?? ""), outcome: "completed", by: "config.shop.views.cart", user: "John", ...rest };
  const path = rest.path ?? "/cart/?q=tea";
  return { shown, status, outcome: shown.outcome, method: shown.method.toLowerCase(), by: shown.by.toLowerCase(), user: shown.user.toLowerCase(), path, ms: 12.5, queries: 5, text: `${status} ${path} 12.5 ms 5 queries, n+1`, ...("ms" in rest ? { ms: rest.ms } : {}), ...("queries" in rest ? { queries: rest.queries } : {}) };
}

function finds(text, values) {
  const query = readQuery(text);
  assert.equal(query.problem, "", text);
  return query.matches(record(values));
}

test("every term compares what its name says", () => {
  const hits = ["status:200", "status:2xx", "status:>=200", "status:100..299", "method:get", "path:/cart", "path:?q=", "outcome:completed", "by:views.cart", "user:john", "ms:>12", "ms:<=12.5", "ms:10..13", "queries:5", "queries:>4", "n+1", '"5 queries"', "tea"];
  for (const text of hits) assert.equal(finds(text), true, text);
  const misses = ["status:404", "status:5xx", "status:none", "method:post", "path:/products", "outcome:failed", "by:admin", "user:jo", "ms:>12.5", "queries:<5", "coffee"];
  for (const text of misses) assert.equal(finds(text), false, text);
});

test("a request without a response has no status, and one that runs may still get one", () => {
  assert.equal(finds("status:none", { status: null, outcome: "disconnected" }), true);
  assert.equal(finds("status:none", { status: null, outcome: "running" }), false);
  assert.equal(finds("status:<600", { status: null, outcome: "running" }), false);
  assert.equal(finds("ms:<5000", { ms: null }), false);
});

test("all terms must hold, one of several values is enough, and a minus turns a term round", () => {
  assert.equal(finds("status:200 path:/cart method:GET"), true);
  assert.equal(finds("status:200 path:/static"), false);
  assert.equal(finds("status:404,200"), true);
  assert.equal(finds("-path:/static -status:5xx"), true);
  assert.equal(finds("-tea"), false);
});

test("a wrong term gets a clear word and takes no part", () => {
  const say = (text) => readQuery(text).problem;
  assert.match(say("stauts:500"), /There is no stauts: Did you mean status:\?/);
  assert.match(say("https://x"), /There is no https: The terms are status:, method:, .*quotes/);
  assert.match(say("status:abc"), /status:abc cannot be looked for: expected a status/);
  assert.match(say("status:7"), /expected a status/);
  assert.match(say("outcome:stoped"), /one of completed, stopped,/);
  assert.match(say("ms:100"), /with > or </);
  assert.match(say("queries:many"), /expected a number/);
  assert.equal(readQuery("stauts:500 tea").matches(record()), true);
  assert.equal(readQuery("stauts:500").isEmpty, true);
});

test("a term that is only begun is no mistake and hides nothing", () => {
  for (const text of ["status:", "-", "-path:", "  ", "path:,"]) {
    assert.equal(readQuery(text).problem, "", text);
    assert.equal(readQuery(text).matches(record()), true, text);
  }
});

test("what is offered are names first, then the values that the list has, the most frequent first", () => {
  const tally = tallyOf([record(), record({ status: 404, user: "" }), record({ status: 404 })]);
  assert.deepEqual(completions("", 0, tally).map(({ insert }) => insert), Object.keys(TERMS).map((name) => `${name}:`));
  assert.deepEqual(completions("st", 2, tally).map(({ insert }) => insert), ["status:"]);
  assert.deepEqual(completions("status:", 7, tally).slice(0, 3), [
    { insert: "status:404", note: "2 here", isWhole: true },
    { insert: "status:200", note: "1 here", isWhole: true },
    { insert: "status:5xx", note: "", isWhole: true },
  ]);
  assert.deepEqual(completions("tea user:", 9, tally).map(({ insert }) => insert), ["user:John"]);
  assert.deepEqual(completions("status:404", 10, tally), []);
  assert.deepEqual(completions("nothing:", 8, tally), []);
});

test("an offer takes the place of the term at the caret, and leaves the others alone", () => {
  assert.deepEqual(complete("st path:/x", 2, { insert: "status:", isWhole: false }), { text: "status: path:/x", caret: 7 });
  assert.deepEqual(complete("-st", 3, { insert: "status:", isWhole: false }), { text: "-status:", caret: 8 });
  assert.deepEqual(complete("status:5 tea", 8, { insert: "status:500", isWhole: true }), { text: "status:500 tea", caret: 11 });
});

test("every outcome that a trace can have can be looked for", () => {
  for (const outcome of OUTCOMES) assert.equal(finds(`outcome:${outcome}`, { outcome }), true);
});
