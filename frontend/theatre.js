/** Everything that is drawn of one trace: scene, ribbon, waterfall, list of steps. Draws when told, reads the model only. */

import { buildSteps } from "./model/steps.js";
import { RibbonView } from "./ribbon/view.js";
import { layoutScene } from "./scene/layout.js";
import { useMeasure } from "./scene/text.js";
import { SceneView } from "./scene/view.js";

const LISTED_STEPS = 600;

/** Measures text with the fonts that the page really has. */
function measureWithCanvas(host) {
  const context = document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(host);
  const fonts = { sans: style.getPropertyValue("--sans"), mono: style.getPropertyValue("--mono") };
  return (text, size, font) => {
    context.font = `550 ${size}px ${fonts[font]}`;
    return context.measureText(text).width;
  };
}

export class Theatre {
  /** `delegate`: onPick(areaKey), onScrubMs(ms), onScrubTime(tNs), onPickSeq(seq). */
  constructor({ scene, ribbon, waterfall, list }, delegate) {
    this.scene = new SceneView(scene, delegate);
    this.ribbon = new RibbonView(ribbon, delegate);
    this.waterfall = null;
    this.more = null;
    this.waterfallRoom = waterfall;
    this.delegate = delegate;
    this.list = list;
    this.room = scene;
  }

  start(onResize) {
    useMeasure(measureWithCanvas(document.body));
    for (const view of [this.scene, this.ribbon]) view.start();
    const observer = new ResizeObserver(() => onResize());
    for (const host of [this.room, this.ribbon.host, this.waterfallRoom]) observer.observe(host);
    this.#addMore(onResize);
  }

  /** The waterfall, and what the scene shows beside the way, have nothing to show before there is a trace: the page is drawn without waiting for them. */
  async #addMore(onReady) {
    const [{ WaterfallView }, more] = await Promise.all([import("./waterfall/view.js"), import("./scene/more.js")]);
    this.more = more;
    this.waterfall = new WaterfallView(this.waterfallRoom, this.delegate);
    this.waterfall.start();
    onReady();
  }

  stepsOf(model) {
    return buildSteps(model);
  }

  /** Draw all of `model` anew; elements that stay are kept. */
  draw(model, player, label) {
    const layout = layoutScene(model, player.steps, this.scene.room, this.more);
    this.scene.draw(layout, label);
    this.room.style.setProperty("--rest-y", `${Math.round(layout.restY)}px`);
    this.ribbon.draw(player.timeline);
    this.waterfall?.draw(model);
    this.#listSteps(player.steps);
    this.showStep(player, 0);
    this.putPlayhead(player);
    player.resume();
  }

  drawRibbon(player) {
    this.ribbon.draw(player.timeline);
    this.putPlayhead(player);
    player.resume();
  }

  showStep(player, travelMs) {
    this.scene.show(player.index, travelMs);
    this.waterfall?.showStep(player.step);
    this.ribbon.describe(player.index, player.steps.length, player.step?.label ?? "");
    this.#markListed(player.index);
  }

  putPlayhead(player) {
    this.ribbon.putPlayhead(player.ms);
    this.waterfall?.putPlayhead(player.tNs);
  }

  /** Both playheads, each on its own scale, from one playing time to another in `durationMs`. */
  runPlayhead({ timeline }, fromMs, toMs, durationMs) {
    this.ribbon.runPlayhead(fromMs, toMs, durationMs);
    this.waterfall?.runPlayhead(timeline.timeAt(fromMs), timeline.timeAt(toMs), durationMs);
  }

  /** The drawing in words: an ordered list for those who do not see it. */
  #listSteps(steps) {
    const listed = steps.slice(0, LISTED_STEPS);
    if (steps.length > LISTED_STEPS) listed.push({ label: `and ${steps.length - LISTED_STEPS} more steps` });
    const rows = this.list.children;
    listed.forEach(({ label, kind = "" }, index) => {
      const row = rows[index] ?? this.list.appendChild(document.createElement("li"));
      if (row.textContent !== label) row.textContent = label;
      if (row.className !== kind) row.className = kind;
    });
    while (rows.length > listed.length) this.list.lastChild.remove();
  }

  #markListed(index) {
    this.list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.list.children[index]?.setAttribute("aria-current", "step");
  }
}
