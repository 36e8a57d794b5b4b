/** Folds what comes again and again: in a trace of many steps the first few of a sort are steps, a stretch of more is one. */

/** A trace of no more steps than this is played in full. */
const FOLD_FROM = 400;
const SHOWN = 3;
const ALONE = new Set(["client", "proxy", "middleware", "hook", "resolver", "view", "exception", "response"]);

function mayRepeat(event) {
  return !ALONE.has(event.kind) && (event.kind !== "server" || event.phase === "point");
}

/** Same kind and name, from the same line, inside something of the same name. A query whose line was not seen: same statement. */
function likenessOf(model, { kind, name, stage, parent, detail }) {
  const { origin } = detail;
  const line = origin?.line ? `${origin.template ?? origin.file}:${origin.line}` : (detail.sql ?? "");
  return `${kind}|${name}|${stage}|${model.spans.get(parent)?.name}|${line}`;
}

/** [{event, lastSeq, more}] of events in order; `more` has what was folded in: [{event, count}], one for each sort. */
export function foldEvents(model, events) {
  if (events.length <= FOLD_FROM) return events.map((event) => ({ event, lastSeq: event.seq, more: [] }));
  const seen = new Map();
  const folded = [];
  let stretch = null;
  for (const event of events) {
    const likeness = mayRepeat(event) ? likenessOf(model, event) : null;
    const before = likeness === null ? 0 : (seen.get(likeness) ?? 0);
    if (likeness !== null) seen.set(likeness, before + 1);
    if (before >= SHOWN && stretch) {
      addTo(stretch, likeness, event);
      continue;
    }
    const own = { event, lastSeq: event.seq, more: [], sorts: new Map() };
    stretch = before >= SHOWN ? own : null;
    folded.push(own);
  }
  return folded;
}

function addTo(stretch, likeness, event) {
  stretch.lastSeq = Math.max(stretch.lastSeq, event.seq);
  const sort = stretch.sorts.get(likeness);
  if (sort) return void (sort.count += 1);
  const added = { event, count: 1 };
  stretch.sorts.set(likeness, added);
  stretch.more.push(added);
}
