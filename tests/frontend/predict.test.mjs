import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { mixed, ordered, ranked } from "../../frontend/predict/options.js";
import { dueAt, planned } from "../../frontend/predict/plan.js";
import { QUESTIONS, questionsOf } from "../../frontend/predict/questions.js";
import { rightIn, scored, scoreSaid } from "../../frontend/predict/score.js";
import { deepTrace, load, modelOf, NAMES, readTrace, repeatingTrace } from "./traces.mjs";
import { buildSteps } from "../../frontend/model/steps.js";

const ALL = [...NAMES, "miss", "hit", "gathered", "stream", "rescued", "missing"];
const of = (name) => {
  const { model, steps } = load(name);
  return { model, steps, questions: questionsOf(model, steps) };
};
const asked = (name, question) => of(name).questions.find((each) => each.name === question);
const answerTo = (name, question) => {
  const found = asked(name, question);
  return found?.options[found.right];
};

test("each question is a file of its own, named as it is", () => {
  const files = readdirSync(new URL("../../frontend/predict/questions/", import.meta.url)).map((file) => file.replace(".js", ""));
  assert.deepEqual(QUESTIONS.map(({ name }) => name).sort(), files.sort());
});

test("each question is asked of some real trace, and of some it is not", () => {
  for (const { name } of QUESTIONS) {
    const counts = ALL.filter((trace) => asked(trace, name)).length;
    assert.ok(counts > 0, name);
    if (!["view-reached", "first-out", "lazy-user"].includes(name)) assert.ok(counts < ALL.length, name);
  }
});

for (const name of ALL) {
  test(`${name}: each question has two to four different options, a true one, a reason, and a step of the trace`, () => {
    const { steps, questions } = of(name);
    assert.ok(questions.length >= 3);
    for (const { prompt, options, right, reason, before, reveal } of questions) {
      assert.ok(options.length >= 2 && options.length <= 4, prompt);
      assert.equal(new Set(options).size, options.length, prompt);
      assert.ok(options[right], prompt);
      assert.match(reason, /^\S.*\.$/, prompt);
      assert.match(prompt, /\?$/);
      assert.ok(before >= 1 && reveal >= before && reveal < steps.length, prompt);
      for (const text of [prompt, reason, ...options]) assert.doesNotMatch(text, /undefined|null|NaN|\$\{| {2}/, text);
      assert.ok(prompt.length < 180 && reason.length < 240, `${prompt} ${reason}`);
    }
  });

  test(`${name}: the same options in the same order each time it is opened`, () => {
    assert.deepEqual(of(name).questions, of(name).questions);
  });
}

test("is the view reached", () => {
  assert.equal(answerTo("product", "view-reached"), "Yes, the view runs");
  assert.equal(answerTo("banned", "view-reached"), "No, a middleware answers before");
  assert.equal(answerTo("unknown", "view-reached"), "No, no pattern matches");
  assert.equal(answerTo("slash", "view-reached"), "No, no pattern matches");
  assert.equal(answerTo("missing", "view-reached"), "Yes, the view runs");
});

test("who stops it is not told by the reason of the question before", () => {
  for (const name of ["banned", "csrf"]) assert.doesNotMatch(asked(name, "view-reached").reason, /BannedUser|Csrf/);
});

test("which middleware stops it, on the way in, on the way out, in a hook", () => {
  assert.equal(answerTo("banned", "which-stops"), "BannedUserMiddleware");
  assert.equal(answerTo("slash", "which-stops"), "CommonMiddleware");
  assert.equal(answerTo("csrf", "which-stops"), "CsrfViewMiddleware");
  assert.match(asked("csrf", "which-stops").reason, /process_view/);
  assert.equal(asked("product", "which-stops"), undefined);
});

test("the wrong middleware are this trace's own", () => {
  const { model } = of("banned");
  const names = model.server.enter.detail.middleware.map((path) => path.split(".").pop());
  for (const option of asked("banned", "which-stops").options) assert.ok(names.includes(option), option);
});

test("which pattern matches, or none; the wrong ones were tried before", () => {
  assert.equal(answerTo("product", "which-pattern"), "products/<slug:slug>/");
  assert.equal(answerTo("unknown", "which-pattern"), "None of them");
  const tried = of("product").model.resolver.exit.detail.tried.map(({ pattern }) => pattern);
  for (const option of asked("product", "which-pattern").options) assert.ok(option === "None of them" || tried.includes(option), option);
});

test("how many queries: as many as the trace has, said where they ran", () => {
  assert.equal(answerTo("product", "query-count"), "11");
  assert.equal(answerTo("list", "query-count"), "26");
  assert.match(asked("list", "query-count").reason, /^26 queries, all of them while a template was rendered\. Among them 24 like queries, from line 87 of models\.py\.$/);
  assert.equal(asked("api", "query-count").reason, "1 query, in the view.");
  assert.equal(answerTo("hit", "query-count"), "0");
});

test("of a trace that lacks queries nobody is asked to count them", () => {
  const trace = { ...readTrace("product"), omitted: { database: 3 } };
  const model = modelOf(trace);
  const names = questionsOf(model, buildSteps(model)).map(({ name }) => name);
  assert.ok(!names.includes("query-count") && !names.includes("evaluated-here") && names.includes("which-pattern"));
});

test("where a query runs, and where a queryset is evaluated", () => {
  assert.equal(answerTo("list", "query-where"), "A template, while it is rendered");
  assert.equal(answerTo("error", "query-where"), "The view");
  assert.equal(answerTo("list", "evaluated-here"), "Yes: rendering it runs queries");
  assert.match(asked("product", "evaluated-here").prompt, /recent, related and reviews, which are querysets/);
});

test("the lazy user: read later, or not at all where nobody is signed in", () => {
  assert.equal(answerTo("product", "lazy-user"), "No, later in this request");
  assert.equal(answerTo("list", "lazy-user"), "No, and no query for it runs later");
  assert.match(asked("product", "lazy-user").reason, /It is line 50 of middleware\.py that first needs the user/);
});

test("who is first on the way out: the innermost layer that let the request through", () => {
  assert.equal(answerTo("product", "first-out"), "XFrameOptionsMiddleware");
  assert.equal(answerTo("banned", "first-out"), "AuthenticationMiddleware");
});

test("which status an exception becomes, and who made it", () => {
  assert.equal(answerTo("error", "status"), "500 server error");
  assert.equal(answerTo("missing", "status"), "404 not found");
  assert.equal(answerTo("rescued", "status"), "302 found elsewhere");
  assert.equal(asked("rescued", "status").reason, "CartMiddleware caught OutOfStockError and made a 302 of it.");
  assert.equal(asked("product", "status"), undefined);
});

test("miss, then hit", () => {
  assert.equal(answerTo("miss", "hit-or-miss"), "A miss: it is not there");
  assert.equal(answerTo("hit", "hit-or-miss"), "A hit: it is there");
  assert.match(asked("miss", "hit-or-miss").reason, /afterwards it was put into the cache/);
});

test("a sync view runs in a thread, an async one on the loop", () => {
  assert.match(answerTo("product", "which-thread"), /^ThreadPoolExecutor/);
  assert.equal(answerTo("gathered", "which-thread"), "MainThread");
});

test("a request that still runs is asked nothing, and small or strange traces do no harm", () => {
  const running = modelOf({ ...readTrace("product"), outcome: { kind: null } });
  assert.deepEqual(questionsOf(running, buildSteps(running)), []);
  for (const trace of [deepTrace(1), deepTrace(40), repeatingTrace(3), repeatingTrace(2000)]) {
    const model = modelOf(trace);
    for (const { options, right } of questionsOf(model, buildSteps(model))) assert.ok(options[right]);
  }
});

test("a few questions are asked, apart from each other, and what was known comes last", () => {
  const { questions } = of("product");
  const plan = planned(questions);
  assert.equal(plan.length, 4);
  for (const [index, each] of plan.slice(1).entries()) assert.ok(each.before - plan[index].before >= 2);
  const known = planned(questions, (name) => (plan.some((each) => each.name === name) ? 1 : 0));
  assert.ok(known.some((each) => !plan.some(({ name }) => name === each.name)));
});

test("a question is due before its step, once, even if the player passes over it", () => {
  const [early, late] = [{ name: "a", before: 5 }, { name: "b", before: 9 }];
  const due = (from, index, isAsked) => dueAt([early, late], from, index, isAsked)?.name;
  assert.equal(due(2, 3), undefined);
  assert.equal(due(3, 4), "a");
  assert.equal(due(3, 4, () => true), undefined);
  assert.equal(due(2, 7), "a");
  assert.equal(due(4, 5), undefined);
  assert.equal(due(7, 8), "b");
});

test("options: shuffled the same way each time, numbers in their order, never without a wrong one", () => {
  const found = mixed("seed", "b", ["a", "b", "c", "c", "d", "e"]);
  assert.deepEqual([...found.options].sort(), ["a", "b", "c", "d"]);
  assert.equal(found.options[found.right], "b");
  assert.deepEqual(mixed("seed", "b", ["a", "b", "c", "c", "d", "e"]), found);
  assert.equal(mixed("seed", "b", ["b", ""]), null);
  assert.deepEqual(ranked(11, [21, 3, 11, -1, 5.5]), { options: ["3", "11", "21"], right: 1 });
  assert.equal(ordered("x", ["y"]), null);
});

test("the score is kept question by question", () => {
  const score = scored(scored({}, "status", true), "status", false);
  assert.deepEqual(score, { status: [2, 1] });
  assert.equal(scoreSaid(score), "1 of 2 right");
  assert.equal(scoreSaid({}), "");
  assert.equal(rightIn(score, "status"), 1);
});
