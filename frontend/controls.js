/** The player's buttons, speed, mode and readout. Reads the player, reports what was pressed. */

import { duration, moment, grouped } from "./model/format.js";

const MODE_NOTES = { log: "steps, log scale · not to scale", even: "steps, all alike · not to scale" };
/** Of the choices of speed, those that are shares of true speed begin with this word. */
const TRUE = "true ";

function trueNote({ speed, timeline }) {
  const took = duration(timeline.totalMs * 1e6);
  if (!took) return "steps in true proportion";
  if (speed === 1) return `steps in true time, live: ${took}`;
  return `steps in true proportion · ${grouped(Math.round(1 / speed))}× slower than it was: ${took} take ${duration((timeline.totalMs * 1e6) / speed)}`;
}

/** [speed, isTrue] of a choice of speed. */
export function speedOf(choice) {
  return [Number(choice.replace(TRUE, "")), choice.startsWith(TRUE)];
}

export class Controls {
  /** `run(action, value)` is called with the same actions as the keys, and "speed" and "mode". */
  constructor(host, run) {
    this.host = host;
    this.run = run;
    this.find = (name) => host.querySelector(`[data-show="${name}"]`);
  }

  start() {
    this.host.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button) this.run(button.dataset.action, button.dataset.value === undefined ? null : Number(button.dataset.value));
    });
    this.host.addEventListener("change", (event) => {
      if (event.target.name === "speed") this.run("speed", event.target.value);
      if (event.target.name === "mode") this.run("mode", event.target.value);
    });
  }

  /** Show what the player is doing. */
  show(player) {
    this.#playButton(player);
    const hasSteps = player.steps.length > 0;
    for (const button of this.host.querySelectorAll("button[data-action]")) button.disabled = !hasSteps;
    this.#write("scale", MODE_NOTES[player.mode] ?? trueNote(player));
    this.host.querySelector("[name=speed]").value = `${player.mode === "true" ? TRUE : ""}${player.speed}`;
    this.host.querySelector(`[name=mode][value=${player.mode}]`).checked = true;
  }

  #playButton({ isPlaying }) {
    const button = this.host.querySelector("[data-action=toggle]");
    if (button.dataset.playing === String(isPlaying)) return;
    button.dataset.playing = String(isPlaying);
    button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    button.querySelector("use").setAttribute("href", isPlaying ? "#i-pause" : "#i-play");
  }

  /** Show step `index`: its number, moment, duration, thread and name. */
  showStep({ steps, step, index }) {
    this.#write("number", step ? grouped(index + 1) : "–");
    this.#write("count", grouped(steps.length));
    this.#write("moment", step ? moment(step.tNs) : "");
    this.#write("duration", step && step.durationNs ? duration(step.durationNs) : "");
    this.#write("thread", step?.event.thread ?? "");
    this.#write("label", step?.label ?? "");
  }

  #write(name, content) {
    const element = this.find(name);
    if (element && element.textContent !== content) element.textContent = content;
  }
}
