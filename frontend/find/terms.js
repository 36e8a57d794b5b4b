/** What a request can be found by: the names of terms, what each compares, and what is a wrong value. No DOM. */

export const OUTCOMES = ["completed", "stopped", "rescued", "failed", "not_found", "disconnected", "running"];

/** By name: `note` says what it finds, `samples` are offered where the list itself offers nothing. */
export const TERMS = {
  status: { note: "status of the response", samples: ["5xx", "4xx", "3xx", "2xx", "none"] },
  method: { note: "GET, POST and others", samples: [] },
  path: { note: "part of path or query", samples: [] },
  outcome: { note: "how it ended", samples: OUTCOMES },
  by: { note: "who decided its fate", samples: [] },
  user: { note: "who request.user was", samples: [] },
  ms: { note: "duration in milliseconds", samples: [">100", ">1000", "<10"] },
  queries: { note: "database queries", samples: [">0", ">10", ">50", "0"] },
};

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const COMPARED = new RegExp(`^(>=|<=|>|<)(${NUMBER})$`);
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})$`);
const COMPARES = {
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
};

/** A test of a number, or null if `text` is none: >100, <=5, 10..20, 7. */
function numberTest(text) {
  const compared = COMPARED.exec(text);
  if (compared) return (value) => value !== null && COMPARES[compared[1]](value, Number(compared[2]));
  const range = RANGE.exec(text);
  if (range) return (value) => value !== null && value >= Number(range[1]) && value <= Number(range[2]);
  return new RegExp(`^${NUMBER}$`).test(text) ? (value) => value === Number(text) : null;
}

function statusTest(text) {
  if (text === "none") return (record) => record.status === null && record.outcome !== "running";
  if (/^[1-5]xx$/.test(text)) return (record) => Math.floor(record.status / 100) === Number(text[0]);
  if (/^\d+$/.test(text) && !/^[1-5]\d\d$/.test(text)) return null;
  const test = numberTest(text);
  return test && ((record) => test(record.status));
}

function durationTest(text) {
  // A duration is never a whole number of milliseconds: an exact one would find nothing, without a word.
  if (/^\d/.test(text) && !text.includes("..")) return null;
  const test = numberTest(text);
  return test && ((record) => test(record.ms));
}

function queriesTest(text) {
  const test = numberTest(text);
  return test && ((record) => test(record.queries));
}

const MAKERS = {
  status: statusTest,
  method: (text) => (/^[a-z]+$/.test(text) ? (record) => record.method === text : null),
  path: (text) => (record) => record.path.includes(text),
  outcome: (text) => (OUTCOMES.includes(text) ? (record) => record.outcome === text : null),
  by: (text) => (record) => record.by.includes(text),
  user: (text) => (record) => record.user === text,
  ms: durationTest,
  queries: queriesTest,
};

const EXPECTED = {
  status: "a status, as in status:404, status:5xx, status:>=400 or status:none",
  method: "a method, as in method:POST",
  outcome: `one of ${OUTCOMES.slice(0, -1).join(", ")} and ${OUTCOMES.at(-1)}`,
  ms: "milliseconds with > or <, as in ms:>100 or ms:10..50",
  queries: "a number, as in queries:>50, queries:0 or queries:10..20",
};

/** {test(record)} or {problem} of one term; `value` may name several with commas between them. */
export function makeTerm(name, value) {
  const parts = value.toLowerCase().split(",").filter(Boolean);
  const tests = [];
  for (const part of parts) {
    const test = MAKERS[name](part);
    if (!test) return { problem: `${name}:${part} cannot be looked for: expected ${EXPECTED[name]}.` };
    tests.push(test);
  }
  return { test: (record) => tests.some((test) => test(record)) };
}
