/** Keeps breakpoints in this browser: those on stages for every trace, those on steps and the loop for the last few traces. */

const STAGES = "cycle.breakpoints";
const TRACES = "cycle.marks";
const TRACES_KEPT = 20;

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: the marks hold for this visit.
  }
}

export function keptStages() {
  const stages = read(STAGES, []);
  return Array.isArray(stages) ? stages : [];
}

/** {seqs, loop} of a trace. */
export function keptOf(traceId) {
  return Object.fromEntries(read(TRACES, []))[traceId] ?? {};
}

export function keep(traceId, { stages, seqs, loop }) {
  write(STAGES, [...stages]);
  if (!traceId) return;
  const others = read(TRACES, []).filter(([id]) => id !== traceId);
  const own = seqs.size || loop ? [[traceId, { seqs: [...seqs], loop }]] : [];
  write(TRACES, [...others, ...own].slice(-TRACES_KEPT));
}
