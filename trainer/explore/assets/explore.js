// Listen, sort, pick corners, save them. The choice is kept in the page's address.

const data = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const count = data.sounds.length;
const differences = bytes(data.differences);
const player = new Player(element("level"));
const cards = new Map();
let selected = 0;
let corners = []; // { index, name }

const difference = (a, b) => differences[a * count + b] / 255 * data.scale_db;

const orders = {
  number: () => (a, b) => a - b,
  pitch: () => (a, b) => (data.sounds[a].pitch ?? 1e9) - (data.sounds[b].pitch ?? 1e9) || a - b,
  centroid: () => (a, b) => data.sounds[a].centroid - data.sounds[b].centroid,
  noisiness: () => (a, b) => data.sounds[a].noisiness - data.sounds[b].noisiness,
  similarity: () => (a, b) => difference(selected, a) - difference(selected, b) || a - b,
};

const shown = {
  all: () => true,
  pitched: (k) => data.sounds[k].pitch !== null,
  unpitched: (k) => data.sounds[k].pitch === null,
  picked: (k) => corners.some((corner) => corner.index === k),
};

function card(sound, index) {
  const play = make("button", { className: "play", ariaLabel: `play ${sound.name}` },
    make("img", { src: `data:image/png;base64,${sound.picture}`, alt: "spectrogram" }));
  play.onclick = () => toggle(index);
  const facts = [
    `${sound.pitch === null ? "no pitch" : note(sound.pitch)} · ${Math.round(sound.centroid)} Hz`,
    `noise ${Math.round(100 * sound.noisiness)} %`,
  ];
  const own = make("li", { className: "sound" }, play,
    make("div", { className: "about" }, make("b", { textContent: sound.name }),
      make("span", { className: "tag" })),
    make("div", { className: "facts", textContent: facts.join("\n") }));
  own.dataset.index = index;
  if (sound.latent) {
    const pick = make("button", { className: "pick", textContent: "pick" });
    pick.onclick = () => togglePick(index);
    own.append(pick);
  } else {
    own.querySelector(".tag").textContent = "recording";
  }
  return own;
}

function toggle(index) {
  const again = player.now && player.now.key === index;
  select(index);
  if (again) { player.stop(); mark(); return; }
  player.play(index, data.sounds[index].audio, mark).then(mark);
}

function select(index) {
  selected = index;
  if (element("sort").value === "similarity" && !cards.get(index).matches(":hover")) arrange();
  mark();
}

function mark() {
  for (const [index, own] of cards) {
    const place = corners.findIndex((corner) => corner.index === index);
    own.classList.toggle("playing", Boolean(player.now && player.now.key === index));
    own.classList.toggle("selected", index === selected);
    own.classList.toggle("picked", place >= 0);
    const pick = own.querySelector(".pick");
    if (pick) pick.textContent = place >= 0 ? `corner ${place + 1}` : "pick";
  }
}

function arrange() {
  const indices = [...cards.keys()].filter(shown[element("show").value]);
  indices.sort(orders[element("sort").value]());
  element("sounds").replaceChildren(...indices.map((index) => cards.get(index)));
}

function togglePick(index) {
  const place = corners.findIndex((corner) => corner.index === index);
  if (place >= 0) corners.splice(place, 1);
  else corners.push({ index, name: data.sounds[index].name.replace(/^≈ /, "") });
  showCorners();
}

function showCorners() {
  element("corners").replaceChildren(...corners.map((corner, place) => {
    const name = make("input", { value: corner.name, ariaLabel: `name of corner ${place + 1}` });
    name.oninput = () => { corner.name = name.value; keep(); };
    const play = make("button", { textContent: "▶", ariaLabel: `play corner ${place + 1}` });
    play.onclick = () => toggle(corner.index);
    const earlier = make("button", { textContent: "◀", ariaLabel: "earlier", disabled: !place });
    earlier.onclick = () => { corners.splice(place - 1, 0, corners.splice(place, 1)[0]); showCorners(); };
    const remove = make("button", { textContent: "×", ariaLabel: "remove" });
    remove.onclick = () => togglePick(corner.index);
    return make("li", {}, `${place + 1}`, name, play, earlier, remove);
  }));
  const enough = corners.length >= 2 && Number.isInteger(Math.log2(corners.length));
  element("save").disabled = !enough;
  element("hint").textContent = corners.length === 0 ? "pick 2 corners for a line, 4 for a square"
    : enough ? `${corners.length} corners, row by row`
      : `${corners.length} picked; a line has 2, a square 4, a cube 8`;
  keep();
  mark();
}

function keep() {
  const text = corners.map((c) => `${c.index}:${encodeURIComponent(c.name)}`).join(",");
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

function recall() { // from the address; else what a rule chose
  if (!location.hash) { data.picked.forEach(togglePick); return; }
  corners = location.hash.slice(1).split(",").map((part) => part.split(":"))
    .map(([index, name]) => ({ index: Number(index || NaN), name: decodeURIComponent(name ?? "") }))
    .filter(({ index }) => data.sounds[index] && data.sounds[index].latent);
}

function latent(sound) {
  const held = new Float32Array(bytes(sound.latent).buffer);
  return Array.from(held, (value) => Number(value.toFixed(6)));
}

function save() {
  const held = {
    format: 1,
    generator: data.generator,
    corners: corners.map(({ index, name }) => ({
      name, latent: latent(data.sounds[index]), pitch: data.sounds[index].condition,
    })),
  };
  const blob = new Blob([JSON.stringify(held, null, 1) + "\n"], { type: "application/json" });
  const link = make("a", { href: URL.createObjectURL(blob), download: "corners.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  element("hint").textContent = "corners.json saved: put it into the run's folder latents";
}

function step(by) {
  const order = [...element("sounds").children].map((own) => Number(own.dataset.index));
  const next = order[order.indexOf(selected) + by];
  if (next === undefined) return;
  toggle(next);
  cards.get(next).scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select")) return;
  const keys = {
    ArrowRight: () => step(1), ArrowLeft: () => step(-1),
    p: () => data.sounds[selected].latent && togglePick(selected),
    Escape: () => { player.stop(); mark(); },
  };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
});

data.sounds.forEach((sound, index) => cards.set(index, card(sound, index)));
for (const id of ["sort", "show"]) {
  element(id).onchange = () => { arrange(); scrollTo(0, 0); };
}
element("loop").onchange = () => { player.loop = element("loop").checked; };
element("stop").onclick = () => { player.stop(); mark(); };
element("save").onclick = save;
recall();
arrange();
showCorners();
