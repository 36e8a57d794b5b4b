/** The keys of the page, each with its button: `run(action, value)` is called with the action's name. */

const ACTIONS = {
  " ": "toggle",
  ArrowRight: "next",
  ArrowLeft: "previous",
  ".": "next",
  Home: "first",
  End: "last",
  "[": "previousBreakpoint",
  "]": "nextBreakpoint",
  b: "toggleBreakpoint",
  i: "loopIn",
  o: "loopOut",
  l: "loopClear",
  w: "waterfallIn",
  s: "waterfallOut",
  a: "waterfallLeft",
  d: "waterfallRight",
  e: "waterfallFit",
  n: "waterfallLanes",
  t: "tour",
  g: "waterfallCuts",
  "+": "sceneIn",
  "-": "sceneOut",
  f: "sceneFit",
  v: "stepList",
  "/": "search",
  "?": "help",
};
const WITH_SHIFT = {
  ArrowRight: "nextStage",
  ArrowLeft: "previousStage",
  w: "sceneUp",
  s: "sceneDown",
  a: "sceneLeft",
  d: "sceneRight",
};

/** Whether what is pressed goes into a field. */
export function isTyping(target) {
  return Boolean(target?.closest?.("input, textarea, select, [contenteditable], dialog[open]"));
}

/** Space and Enter on a button or link are its own; arrows in a group of radio buttons too. */
function isForItself(event) {
  const own = event.target?.closest?.("button, a[href], summary, [role=tab]");
  return Boolean(own) && event.key === " ";
}

/** {action, value} of a key press, or null if the page has no use for it. */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
  if (isTyping(event.target) || isForItself(event)) return null;
  if (/^[0-9]$/.test(event.key)) return { action: "share", value: Number(event.key) / 10 };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = event.shiftKey && WITH_SHIFT[key] ? WITH_SHIFT[key] : ACTIONS[key];
  return action ? { action, value: null } : null;
}

export class Keys {
  constructor(run) {
    this.run = run;
    this.isStarted = false;
    this.listen = (event) => {
      const found = actionOf(event);
      if (!found) return;
      event.preventDefault();
      this.run(found.action, found.value);
    };
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    document.addEventListener("keydown", this.listen);
  }

  stop() {
    this.isStarted = false;
    document.removeEventListener("keydown", this.listen);
  }
}
