/** Buttons with `data-copy`: they put the text of the element of that id on the clipboard, and say so. */

const SHOWN_MS = 1600;

async function put(text) {
  // Only a secure page has the clipboard: one served over plain HTTP from another machine copies the old way.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("the browser does not allow it");
}

export class Copying {
  constructor(host, say) {
    this.host = host;
    this.say = say;
    this.isStarted = false;
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    this.host.addEventListener("click", (event) => {
      const button = event.target.closest("[data-copy]");
      if (button) this.#copy(button);
    });
  }

  async #copy(button) {
    const text = document.getElementById(button.dataset.copy).textContent.trimEnd();
    try {
      await put(text);
      this.#tell(button, "done", `Copied ${button.dataset.what}`);
    } catch (error) {
      this.#tell(button, "failed", `Not copied: ${error.message}`);
    }
  }

  #tell(button, state, words) {
    button.dataset.state = state;
    button.title = words;
    this.say(words);
    const said = button.closest("dialog")?.querySelector("[role=status]");
    if (said) said.textContent = words;
    button.querySelector("span")?.replaceChildren(state === "done" ? "Copied" : "Not copied");
    clearTimeout(button.timer);
    button.timer = setTimeout(() => this.#rest(button), SHOWN_MS);
  }

  #rest(button) {
    delete button.dataset.state;
    button.title = `Copy ${button.dataset.what}`;
    button.querySelector("span")?.replaceChildren("Copy");
  }
}
