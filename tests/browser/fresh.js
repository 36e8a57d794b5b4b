// The scene that is shown beside one that is drawn anew for the same step, from the trace as the server keeps it:
// what differs, as texts. Waits until nothing moves any more.
async () => {
  const mount = document.querySelector("#app").dataset.mount;
  const load = (path) => import(`${mount}static/${path}`);
  const [{ TraceModel }, { buildSteps }, { layoutScene }, more, { SceneView }] = await Promise.all(["model/trace.js", "model/steps.js", "scene/layout.js", "scene/more.js", "scene/view.js"].map(load));
  // The address is written a moment later than the list, which has only the newest.
  const row = document.querySelector("#requests [aria-current=true]");
  const id = row?.dataset.trace ?? new URLSearchParams(location.hash.slice(1)).get("trace");
  window.freshModels ??= new Map();
  if (!window.freshModels.has(id)) {
    const model = new TraceModel(id);
    model.apply(await (await fetch(`${mount}traces/${id}.json`)).json());
    window.freshModels.set(id, { model, steps: buildSteps(model) });
  }
  const { model, steps } = window.freshModels.get(id);
  const room = document.querySelector("#scene-room");
  const shown = document.querySelector(".stage");
  await Promise.all([...shown.querySelectorAll(".token")].flatMap((token) => token.getAnimations().map((animation) => animation.finished.catch(() => {}))));
  await new Promise((resolve) => setTimeout(resolve, 30));

  const index = Number(document.querySelector("[data-show=number]").textContent.replace(/\D/g, "")) - 1;
  const host = document.createElement("div");
  host.className = "scene-room";
  host.style.cssText = `position: fixed; left: -9999px; top: 0; width: ${room.clientWidth}px; height: ${room.clientHeight}px; overflow: hidden`;
  const stage = document.createElement("div");
  stage.className = "stage";
  host.append(stage);
  document.body.append(host);
  const fresh = new SceneView(host, {});
  fresh.draw(layoutScene(model, steps, { width: room.clientWidth, height: room.clientHeight }, more), "");
  fresh.show(index, 0);

  const attributesOf = (element) => [...element.attributes].map(({ name, value }) => `${name}=${value}`).sort().join(" ");
  const said = (element) => `${element.localName} ${attributesOf(element)} ${[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("")}`;
  const picture = (root) => ({
    back: [...root.querySelectorAll("svg .back *")].map(said),
    trail: [...root.querySelectorAll("svg .trail *")].map(said).sort(),
    token: [root.querySelector(".token").className, root.querySelector(".token").style.transform],
  });
  const [now, anew] = [picture(shown), picture(host)];
  host.remove();
  const differences = [];
  for (const part of Object.keys(now)) {
    if (now[part].length !== anew[part].length) differences.push(`${part}: ${now[part].length} elements, ${anew[part].length} when drawn anew`);
    now[part].forEach((text, at) => {
      if (text !== anew[part][at]) differences.push(`${part} ${at}: ${text} | anew: ${anew[part][at]}`);
    });
  }
  const count = Number(document.querySelector("[data-show=count]").textContent.replace(/\D/g, ""));
  if (count !== steps.length) differences.push(`${count} steps are shown, the trace has ${steps.length}`);
  const current = [...document.querySelectorAll("#step-list li")].findIndex((item) => item.matches("[aria-current]"));
  if (index < 600 && current !== index) differences.push(`the list marks step ${current + 1}, ${index + 1} is on`);
  const label = document.querySelector("[data-show=label]").textContent;
  if (label !== steps[index].label) differences.push(`the readout says ${label}, step ${index + 1} is ${steps[index].label}`);
  return differences.slice(0, 5).map((text) => `step ${index + 1} of ${id}: ${text}`);
}
