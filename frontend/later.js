/** What the first view does without, loaded when it is painted: the live connection, the keys, and all that sends a request. */

const IDLE_AT_LAST_MS = 500;
let following = null;
const find = (selector) => document.querySelector(selector);

/** Once the browser has nothing else to do; Safari does not tell when that is. */
export function whenIdle(run) {
  if (window.requestIdleCallback) requestIdleCallback(run, { timeout: IDLE_AT_LAST_MS });
  else setTimeout(run, IDLE_AT_LAST_MS / 2);
}

/** htmx runs after main.js, and before the document is complete. */
function htmxIsThere() {
  return window.htmx ? null : new Promise((resolve) => addEventListener("DOMContentLoaded", resolve, { once: true }));
}

export async function connect(app) {
  const [{ Live }, { Feed }, { Arrivals }] = await Promise.all([import("./live.js"), import("./feed.js"), import("./arrivals.js")]);
  await htmxIsThere();
  new Live(find("#live"), new Feed(app), new Arrivals(app.requests)).start();
}

/** With the keys all that the first view has answers. */
export async function listenToKeys(delegate) {
  const { Keys } = await import("./keys.js");
  new Keys((action, value) => delegate.run(action, value)).start();
  performance.mark("interactive");
}

/** {sender, panel}: what sends the form's request, and the panel that shows what came. */
export async function loadSending(form, mount, delegate) {
  const [{ Sender }, { Preview }, { PreviewPanel }] = await Promise.all([import("./sender.js"), import("./preview.js"), import("./panel.js")]);
  const frame = find("#preview-frame");
  const panel = new PreviewPanel({ panel: find("#preview"), room: find("#preview-room"), frame, toggle: find("#preview-toggle"), size: find("#preview-size") });
  panel.start();
  const preview = new Preview(frame, mount, { onFollow: (request) => delegate.onFollow(request), onShown: (isText) => panel.fit(isText) });
  return { panel, sender: new Sender(form, preview, mount, delegate) };
}

/** Open what the address asks for, and keep it true from then on. */
export function followAddress(app) {
  following ??= import("./address.js").then(({ Address }) => {
    app.address = new Address(app);
    return app.address.start();
  });
  return following;
}

/** What the page can do besides playing a trace: modules with `start(app)`, each of which listens to what `App` tells. */
const EXTRAS = [
  () => import("./marks/view.js"),
  () => import("./camera/view.js"),
  () => import("./steplist/view.js"),
  () => import("./predict/predict.js"),
  () => import("./tour/tour.js"),
  () => import("./microscope/start.js"),
  () => import("./find/start.js"),
  () => import("./compare/start.js"),
  () => import("./stacked.js"),
];

/** Load and start every extra; one that fails says so on the page, and the others go on. */
export async function loadExtras(app) {
  await followAddress(app);
  return Promise.all(EXTRAS.map((load) => load().then((extra) => extra.start(app)).catch((error) => app.say(`A part of the page could not be loaded: ${error.message}.`))));
}
