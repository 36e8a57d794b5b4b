/** From true time to x and back: linear between the ends of what is in sight; a gap that is cut out keeps a narrow stretch of its own. No DOM. */

const CUT_WIDTH = 26;
const CUT_SHARE = 0.05;
const CUT_FROM_NS = 200_000;
const MOST_CUTS = 12;
/** Inside one of these, where nothing else is recorded, somebody is at work. */
const AT_WORK = new Set(["database", "cache", "outbound", "template", "signal", "form", "permission"]);

/** Stretches of the whole trace without an event, {from, to}: long enough to be worth cutting out, the longest first. */
export function findGaps(model, from, to) {
  const least = Math.max(CUT_FROM_NS, (to - from) * CUT_SHARE);
  const events = [...model.events].sort((a, b) => a.t_ns - b.t_ns || a.seq - b.seq);
  const gaps = [];
  events.forEach((event, index) => {
    const next = events[index + 1];
    if (!next || next.t_ns - event.t_ns < least) return;
    const isAtWork = event.phase === "enter" && next.phase === "exit" && event.span === next.span && AT_WORK.has(event.kind);
    if (!isAtWork) gaps.push({ from: event.t_ns, to: next.t_ns });
  });
  return gaps.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MOST_CUTS);
}

/** A hair of each end is left, so that what begins or ends there is seen. */
function cutsWithin(gaps, from, to) {
  return gaps.filter((gap) => gap.from >= from && gap.to <= to).sort((a, b) => a.from - b.from);
}

export class Scale {
  /** Of what is in `sight` {from, to} over `width`, with `gaps` cut out. */
  constructor({ from, to }, width, gaps = []) {
    Object.assign(this, { from, to, width });
    const found = cutsWithin(gaps, from, to);
    const cuts = found.slice(0, Math.floor(width / (3 * CUT_WIDTH)));
    const cut = cuts.reduce((sum, gap) => sum + gap.to - gap.from, 0);
    this.perNs = (width - cuts.length * CUT_WIDTH) / Math.max(1, to - from - cut);
    this.cuts = [];
    this.pieces = this.#lay(cuts);
  }

  #lay(cuts) {
    const pieces = [];
    let [t, x] = [this.from, 0];
    for (const gap of cuts) {
      const start = x + (gap.from - t) * this.perNs;
      pieces.push({ t, x, until: gap.from, perNs: this.perNs });
      pieces.push({ t: gap.from, x: start, until: gap.to, perNs: CUT_WIDTH / (gap.to - gap.from) });
      this.cuts.push({ ...gap, x: start, width: CUT_WIDTH });
      [t, x] = [gap.to, start + CUT_WIDTH];
    }
    return [...pieces, { t, x, until: Infinity, perNs: this.perNs }];
  }

  xOf(tNs) {
    const piece = this.pieces.find(({ until }) => tNs < until) ?? this.pieces.at(-1);
    return piece.x + (tNs - piece.t) * piece.perNs;
  }

  timeAt(x) {
    const piece = this.pieces.findLast((each) => each.x <= x) ?? this.pieces[0];
    return piece.t + (x - piece.x) / piece.perNs;
  }
}

/** Steps of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export function axisStep(spanNs, wanted) {
  const rough = spanNs / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? 10 * power;
}

/** [{t, x}]: round moments, those aside that a cut hides. */
export function ticksOf(scale) {
  const shown = scale.width / scale.perNs;
  const step = axisStep(shown, scale.width / 90);
  const ticks = [];
  for (const piece of scale.pieces.filter(({ perNs }) => perNs === scale.perNs)) {
    const end = Math.min(piece.until, scale.to);
    for (let t = Math.ceil(piece.t / step) * step; t <= end; t += step) ticks.push({ t, x: piece.x + (t - piece.t) * piece.perNs });
  }
  return ticks.filter(({ x }, index) => index === 0 || x - ticks[index - 1].x > 40);
}

/** What is in sight, {from, to}, made `factor` times narrower around `t`, inside `whole`, and not narrower than a microsecond. */
export function zoomed(sight, whole, t, factor) {
  const size = Math.min(whole.to - whole.from, Math.max(1000, (sight.to - sight.from) / factor));
  const share = (t - sight.from) / Math.max(1, sight.to - sight.from);
  return moved({ from: t - share * size, to: t + (1 - share) * size }, whole, 0);
}

/** What is in sight moved by `ns`, as far as `whole` goes. */
export function moved({ from, to }, whole, ns) {
  const by = Math.max(whole.from - from, Math.min(whole.to - to, ns));
  return { from: from + by, to: to + by };
}
