/** The form over the page: fills itself from the samples and reports a press of its button. What it asks for, `sender.js` sends. */

export class RequestForm {
  /** `delegate`: onPress(), onPromise(text). */
  constructor(element, delegate) {
    Object.assign(this, { element, delegate });
    /** Who the browser was signed in as when the page was made. */
    this.user = element.dataset.user ?? "";
  }

  start() {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.delegate.onPress();
    });
    this.element.elements.scenario.addEventListener("change", () => this.#fillFromScenario());
    this.element.addEventListener("input", (event) => this.#edited(event));
    this.#closeExtrasOutside();
    this.#chooseFirst();
  }

  /** What stands in the fields, by their names; a box that is not ticked is left out. */
  get values() {
    return Object.fromEntries(new FormData(this.element));
  }

  #closeExtrasOutside() {
    const extras = this.element.querySelector("details");
    const close = (event) => {
      if (event.key === "Escape" || (event.type === "pointerdown" && !extras.contains(event.target))) extras.open = false;
    };
    document.addEventListener("pointerdown", close);
    extras.addEventListener("keydown", close);
  }

  /** Begin with the first sample, so that one press of the button shows something. */
  #chooseFirst() {
    const { scenario } = this.element.elements;
    if (scenario.options.length < 2) return;
    scenario.selectedIndex = 1;
    this.#fillFromScenario();
  }

  /** Fill the form with `values`; fields that are left out become empty, except the user. */
  fill({ method, path, user, headers = "", body = "", token = "", then = "", abort = "" }) {
    const { elements } = this.element;
    elements.method.value = method;
    elements.path.value = path;
    if (user !== undefined && [...elements.user.options].some((option) => option.value === user)) elements.user.value = user;
    elements.headers.value = headers;
    elements.body.value = body;
    elements.token.checked = Boolean(token);
    elements.then.value = then;
    elements.abort.value = abort;
    this.#markExtras();
  }

  #fillFromScenario() {
    const { scenario } = this.element.elements;
    const option = scenario.selectedOptions[0];
    const promise = option?.dataset.promise ?? "";
    if (option?.dataset.path) this.fill({ ...option.dataset });
    scenario.title = promise;
    this.delegate.onPromise(promise);
  }

  #edited(event) {
    if (event.target.name === "scenario") return;
    this.element.elements.scenario.value = "";
    this.#markExtras();
  }

  /** Show on the button that there is more to the request than its line. */
  #markExtras() {
    const { headers, body, token, then, abort } = this.element.elements;
    const isFilled = token.checked || [headers, body, then, abort].some((field) => field.value.trim());
    this.element.querySelector("[data-extras]")?.toggleAttribute("data-filled", isFilled);
  }

  showSending(isSending) {
    this.element.toggleAttribute("data-sending", isSending);
    this.element.querySelector("[type=submit] [data-label]").textContent = isSending ? "Cancel" : "Send request";
  }
}
