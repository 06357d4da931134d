// A voice: its values, and the strip of controls that shows and moves them.

import { Int } from "./osc.js";

const UNITS = { "time.midinote": "note", "time.hz": "Hz", "gain.db": "dB", "time.ms": "ms" };
const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B"];
const HUES = [36, 176, 280, 96, 336, 214, 56, 140];
const OWN = ["gain", "pan", "temperature"]; // every voice has these sliders

/** What a strip is built of: the model, those to choose from, and the sliders' ranges. */
function signature(node) {
  const told = Object.entries(node.CONTENTS).map(([leaf, child]) => [leaf, child.RANGE, child.UNIT]);
  return JSON.stringify([node.CONTENTS.model.VALUE, told]);
}

/** "C♯4 +12" of a MIDI note number with its fraction. */
export function noteName(note) {
  const nearest = Math.round(note);
  const cents = Math.round((note - nearest) * 100);
  const name = NAMES[((nearest % 12) + 12) % 12] + (Math.floor(nearest / 12) - 1);
  return cents ? `${name} ${cents > 0 ? "+" : "−"}${Math.abs(cents)}` : name;
}

export function make(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, ...plain } = properties;
  const element = Object.assign(document.createElement(tag), plain);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children);
  return element;
}

/** One number that a slider moves, as its OSCQuery node describes it. */
export class Control {
  constructor(name, node) {
    this.name = name;
    this.address = node.FULL_PATH;
    this.min = name === "gain" ? -60 : node.RANGE[0].MIN;
    this.max = node.RANGE[0].MAX;
    this.unit = node.UNIT?.[0] ?? "";
    this.description = node.DESCRIPTION ?? "";
    this.value = node.VALUE?.[0] ?? this.min;
  }

  get share() {
    return Math.min(1, Math.max(0, (this.value - this.min) / (this.max - this.min)));
  }

  at(share) {
    return this.min + Math.min(1, Math.max(0, share)) * (this.max - this.min);
  }

  get text() {
    if (this.name === "gain" && this.value <= this.min) return "silent";
    const digits = this.max - this.min > 5 ? 1 : 2;
    const number = this.value.toFixed(digits).replace("-", "−");
    if (this.unit === "time.midinote") return `${noteName(this.value)} · ${number}`;
    return `${number} ${UNITS[this.unit] ?? ""}`.trim();
  }
}

export class Voice {
  /** link: the daemon. select(voice): it was touched. */
  constructor(name, node, index, link, select) {
    Object.assign(this, { name, link, index, select });
    this.base = node.FULL_PATH;
    this.signature = signature(node);
    this.hue = HUES[index % HUES.length];
    this.model = node.CONTENTS.model.VALUE[0];
    this.models = node.CONTENTS.model.RANGE[0].VALS;
    this.open = node.CONTENTS.gate.VALUE?.[0] === 1;
    this.controls = new Map();
    this.parameters = [];
    for (const [leaf, child] of Object.entries(node.CONTENTS)) {
      const isParameter = child.TAGS?.includes("parameter");
      if (!isParameter && !OWN.includes(leaf)) continue;
      this.controls.set(leaf, new Control(leaf, child));
      if (isParameter) this.parameters.push(leaf);
    }
    this.sliders = new Map();
    this.element = this.build();
    this.show();
  }

  /** Whether a node describes this voice as it was built. */
  is(node) {
    return signature(node) === this.signature;
  }

  build() {
    this.gateButton = make("button", { type: "button", className: "gate", textContent: "Gate" });
    this.gateButton.onclick = () => this.gate(!this.open);
    this.meter = make("meter", { min: -60, max: 0, high: -6, optimum: -60, value: -60 });
    this.meter.setAttribute("aria-label", `level of ${this.name}`);
    const heading = make("button", { type: "button", className: "name", textContent: this.name });
    heading.title = "Select for pad and notes";
    heading.onclick = () => this.select(this);
    const free = make("button", { type: "button", className: "free", textContent: "×" });
    free.setAttribute("aria-label", `Let ${this.name} go`);
    free.onclick = () => this.link.send("/voice/free", this.name);
    const strip = make(
      "article",
      { className: "strip", data: { voice: this.name }, aria: { label: `Voice ${this.name}` } },
      make("div", { className: "strip-head" }, heading, this.meter, this.gateButton, free),
      this.buildModel(),
      ...[...this.parameters, ...OWN].map((leaf) => this.buildSlider(this.controls.get(leaf))),
    );
    strip.style.setProperty("--hue", this.hue);
    return strip;
  }

  buildModel() {
    this.modelSelect = make("select", {}, ...this.models.map((name) => new Option(name)));
    this.modelSelect.value = this.model;
    this.modelSelect.onchange = () => {
      this.link.send(`${this.base}/model`, this.modelSelect.value, 300);
      this.modelSelect.value = this.model; // until the daemon says so
    };
    return make("label", { className: "row" }, make("span", { textContent: "model" }), this.modelSelect);
  }

  buildSlider(control) {
    const slider = make("input", { type: "range", min: 0, max: 1, step: "any" });
    const value = make("output");
    slider.oninput = () => this.set(control.name, control.at(Number(slider.value)));
    slider.onpointerdown = () => (control.held = true);
    slider.onpointerup = slider.onpointercancel = () => (control.held = false);
    this.sliders.set(control.name, { slider, value });
    const label = make("span", { textContent: control.name });
    return make("label", { className: "row", title: control.description }, label, slider, value);
  }

  /** Move a control from here: at once on the screen, with the next frame to the daemon. */
  set(name, value) {
    const control = this.controls.get(name);
    control.value = value;
    this.link.move(control.address, name === "gain" && value <= control.min ? -120 : value);
    this.showControl(control);
    this.moved?.(this);
  }

  gate(open) {
    this.open = open;
    this.link.send(`${this.base}/gate`, new Int(open ? 1 : 0));
    this.showGate();
  }

  /** What the daemon says of one of our addresses. */
  hear(leaf, values) {
    const control = this.controls.get(leaf);
    if (control && !control.held) {
      control.value = values[0];
      this.showControl(control);
      this.moved?.(this);
    } else if (leaf === "gate") {
      this.open = values[0] === 1;
      this.showGate();
    } else if (leaf === "meter") {
      this.meter.value = values[0];
    } else if (leaf === "model") {
      this.model = this.modelSelect.value = values[0];
    }
  }

  show() {
    for (const control of this.controls.values()) this.showControl(control);
    this.showGate();
  }

  showControl(control) {
    const { slider, value } = this.sliders.get(control.name);
    slider.value = control.share;
    value.textContent = control.text;
    slider.setAttribute("aria-valuetext", control.text);
  }

  showGate() {
    this.gateButton.setAttribute("aria-pressed", this.open);
  }
}
