/** Where replay stops and which stretch it repeats: breakpoints on stages and on steps, and a loop. Knows seqs, so that it outlives a new layout of the steps. No DOM. */

/** Whether a step shows event `seq`, be it folded into it. */
function shows(step, seq) {
  return step.seq <= seq && seq <= (step.lastSeq ?? step.seq);
}

function indexOf(steps, seq, otherwise) {
  const found = seq === null ? -1 : steps.findIndex((step) => shows(step, seq));
  return found < 0 ? otherwise : found;
}

function toggled(set, value) {
  if (!set.delete(value)) set.add(value);
}

/** Tells "change" when something was set or cleared. */
export class Marks extends EventTarget {
  constructor() {
    super();
    this.stages = new Set();
    this.seqs = new Set();
    this.loop = null;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** Take what was kept of one trace: {seqs, loop}. */
  restore({ seqs = [], loop = null } = {}) {
    this.seqs = new Set(seqs);
    this.loop = loop;
    this.#changed();
  }

  toggleStage(stage) {
    toggled(this.stages, stage);
    this.#changed();
  }

  /** Set or clear what makes replay stop at this step: its own breakpoint, else that of the stage that begins with it. */
  toggleStep(steps, index) {
    const step = steps[index];
    if (!step) return;
    const own = [...this.seqs].find((seq) => shows(step, seq));
    const isFirst = steps.findIndex(({ stage }) => stage === step.stage) === index;
    if (own === undefined && isFirst && this.stages.has(step.stage)) this.stages.delete(step.stage);
    else toggled(this.seqs, own ?? step.seq);
    this.#changed();
  }

  /** Indexes at which replay stops, in order: where a marked stage begins, and every marked step. */
  stopsOf(steps) {
    const stops = [...this.seqs].map((seq) => indexOf(steps, seq, -1));
    for (const stage of this.stages) stops.push(steps.findIndex((step) => step.stage === stage));
    return [...new Set(stops)].filter((index) => index >= 0).sort((a, b) => a - b);
  }

  /** Begin the loop with event `seq`; an end that lies before it is forgotten. */
  setLoopIn(seq) {
    const to = this.loop?.to ?? null;
    this.loop = { from: seq, to: to !== null && to < seq ? null : to };
    this.#changed();
  }

  setLoopOut(seq) {
    const from = this.loop?.from ?? null;
    this.loop = { from: from !== null && from > seq ? null : from, to: seq };
    this.#changed();
  }

  clearLoop() {
    this.loop = null;
    this.#changed();
  }

  /** {first, last}: the steps of the loop, an end that is not set being that of the trace; null where nothing loops. */
  loopOf(steps) {
    if (!this.loop || !steps.length) return null;
    const first = indexOf(steps, this.loop.from, 0);
    return { first, last: Math.max(first, indexOf(steps, this.loop.to, steps.length - 1)) };
  }
}
