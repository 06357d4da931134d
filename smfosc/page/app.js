// The page to play: voices from the tree, values by OSC, everything that is wrong in the log.

import { Keys } from "./keys.js";
import { Link } from "./link.js";
import { Pad } from "./pad.js";
import { Scope } from "./scope.js";
import { make, Voice } from "./voice.js";

const MAX_LOG = 30;
const get = (id) => document.getElementById(id);

let voices = new Map();
let selected = null;
let asked = null;

const scope = new Scope(get("scope"));
const pad = new Pad(get("pad"), { x: get("pad-x"), y: get("pad-y") }, get("pad-gate"));
const keys = new Keys(get("keys"), () => selected);
const link = new Link({ hear, changed, state });

// --- what the daemon says -------------------------------------------------------------------

const READERS = {
  "/meter": ([peak]) => showLevel(peak),
  "/load": ([load, underruns]) => showLoad(load, underruns),
  "/scope": ([rate, blob]) => scope.hear(rate, blob),
  "/fail": ([address, reason]) => log(`${address}: ${reason}`, "fail"),
  "/voice.failed": ([name, model, reason]) => log(`${name}: ${model}: ${reason}`, "fail"),
  "/clipped": ([address, wanted, used]) => log(`${address}: ${wanted} is out of range; ${used} is used`),
  "/late": ([address, ms]) => log(`${address}: ${ms.toFixed(1)} ms late`),
  "/voice.restarted": ([name]) => log(`${name}: its sound broke down; its model was restarted`, "fail"),
  "/server.quit": () => log("the daemon has ended", "fail"),
};

function hear(address, values) {
  const [, head, name, leaf, more] = address.split("/");
  if (head === "voice" && leaf && !more) voices.get(name)?.hear(leaf, values);
  else READERS[address]?.(values);
}

function changed(command) {
  if (command?.DATA.startsWith("/group")) return; // the page plays voices
  if (command?.COMMAND === "PATH_REMOVED") forget(command.DATA.split("/")[2]);
  clearTimeout(asked);
  asked = setTimeout(load, command ? 30 : 0);
}

async function load() {
  try {
    const [tree, maker] = await Promise.all([link.tree("/voice"), link.tree("/voice/new")]);
    const found = Object.entries(tree.CONTENTS).filter(([, node]) => node.CONTENTS?.gate);
    arrange(found);
    offerModels(maker.RANGE[1].VALS);
  } catch (error) {
    log(error.message, "fail");
  }
}

function state(now) {
  const status = get("status");
  status.dataset.state = now;
  status.textContent = now === "open" ? "connected" : "looking for the daemon";
}

// --- voices ---------------------------------------------------------------------------------

function arrange(found) {
  const before = voices;
  voices = new Map(found.map(([name, node], index) => [name, settle(before.get(name), name, node, index)]));
  for (const [name, voice] of before) if (!voices.has(name)) voice.element.remove();
  select(voices.get(selected?.name) ?? [...voices.values()][0] ?? null);
}

/** The voice as the tree describes it; one that is described as before stays, fingers and all. */
function settle(old, name, node, index) {
  if (old?.is(node)) return old;
  const voice = new Voice(name, node, index, link, select);
  if (old) old.element.replaceWith(voice.element);
  else get("strips").append(voice.element);
  return voice;
}

function forget(name) {
  voices.get(name)?.element.remove();
  voices.delete(name);
}

function select(voice) {
  selected = voice;
  for (const one of voices.values()) one.element.classList.toggle("selected", one === voice);
  pad.use([...voices.values()], voice);
  keys.use(voice);
}

function offerModels(names) {
  const choice = get("new-voice").elements.model;
  const before = choice.value;
  choice.replaceChildren(...names.map((name) => new Option(name)));
  if (names.includes(before)) choice.value = before;
}

get("new-voice").onsubmit = (event) => {
  event.preventDefault();
  const { name, model } = event.target.elements;
  link.send("/voice/new", name.value, model.value);
  name.value = "";
};

get("silence").onclick = () => voices.forEach((voice) => voice.gate(false));

// --- gauges ---------------------------------------------------------------------------------

function showLevel(peak) {
  get("mix").value = peak;
  get("mix-db").textContent = peak <= -100 ? "silent" : `${peak.toFixed(1).replace("-", "−")} dB`;
}

function showLoad(load, underruns) {
  get("load").value = load;
  const missed = underruns ? `, ${underruns} underrun${underruns === 1 ? "" : "s"}` : "";
  get("load-text").textContent = `${Math.round(load * 100)} %${missed}`;
}

function log(words, kind = "note") {
  const list = get("log").querySelector("ol");
  const time = new Date().toLocaleTimeString([], { hour12: false });
  list.prepend(make("li", { className: kind }, make("time", { textContent: time }), ` ${words}`));
  while (list.children.length > MAX_LOG) list.lastChild.remove();
}

for (const [id, spectrum] of [["view-wave", false], ["view-spectrum", true]])
  get(id).onclick = () => {
    scope.spectrum = spectrum;
    get("view-wave").setAttribute("aria-pressed", !spectrum);
    get("view-spectrum").setAttribute("aria-pressed", spectrum);
    get("scope").setAttribute("aria-label", `${spectrum ? "Spectrum" : "Oscilloscope"} of the mix`);
  };
