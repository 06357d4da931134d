// Move over either mesh: the node under the pointer sounds.

const data = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const player = new Player(element("level"));
const axes = data.axes.length > 1 ? data.axes : [{ name: "", unit: "", values: [0] }, ...data.axes];
const [rows, columns] = axes.map((axis) => axis.values.length);
const further = axes.slice(2).map(() => 0); // indices along axes 3, 4, ...
const SIZE = 672; // pixels of a canvas: divisible by 21
let listening = false;
let current = null; // { mesh, row, column }

const node = (row, column) => further.reduce(
  (index, k, axis) => index * axes[axis + 2].values.length + k, row * columns + column);

const canvases = data.meshes.map((mesh, number) => {
  const canvas = make("canvas", { width: SIZE, height: SIZE, tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `${mesh.title} mesh; arrow keys move`);
  canvas.onpointermove = (event) => {
    if (!element("hold").checked || event.buttons) move(number, cell(canvas, event));
  };
  canvas.onpointerdown = (event) => {
    current = null; // the pointer came here before it was listened to
    listen(true);
    move(number, cell(canvas, event));
  };
  canvas.onpointerup = () => { if (element("hold").checked) player.stop(); };
  canvas.onpointerleave = () => { player.stop(); current = null; draw(); };
  canvas.onkeydown = (event) => keyed(number, event);
  element("meshes").append(make("section", {}, make("h2", { textContent: mesh.title }), canvas,
    make("div", { className: "across", textContent: legend() })));
  return canvas;
});

function legend() {
  const name = (axis) => axis.unit ? `${axis.name} (${axis.unit})` : axis.name;
  return rows > 1 ? `→ ${name(axes[1])}    ↑ ${name(axes[0])}` : `→ ${name(axes[1])}`;
}

function cell(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const within = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return {
    column: within((event.clientX - box.left) / box.width, columns),
    row: within(1 - (event.clientY - box.top) / box.height, rows),
  };
}

function move(mesh, { row, column }) {
  if (current && current.mesh === mesh && current.row === row && current.column === column) return;
  current = { mesh, row, column };
  const index = node(row, column);
  if (listening) player.play(`${mesh}:${index}`, data.meshes[mesh].audio[index]);
  const at = [column, row, ...further];
  const order = [axes[1], axes[0], ...axes.slice(2)];
  element("place").textContent = `${data.meshes[mesh].title}: ` + order
    .map((axis, k) => [axis.name, axis.values[at[k]]]).filter(([name]) => name)
    .map(([name, value]) => `${name} ${value}`).join(", ");
  draw();
}

function keyed(mesh, event) {
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[event.key];
  if (!by) return;
  event.preventDefault();
  listen(true);
  const { row, column } = current ?? { row: 0, column: -by[1] };
  move(mesh, {
    row: Math.min(rows - 1, Math.max(0, row + by[0])),
    column: Math.min(columns - 1, Math.max(0, column + by[1])),
  });
}

function listen(on) {
  listening = on;
  element("listen").textContent = on ? "mute" : "listen";
  if (on) player.start();
  else player.stop();
}

function draw() {
  canvases.forEach((canvas, number) => {
    const pen = canvas.getContext("2d");
    const [width, height] = [SIZE / columns, SIZE / rows];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        pen.fillStyle = data.meshes[number].colours[node(row, column)];
        pen.fillRect(column * width, SIZE - (row + 1) * height, width + 0.5, height + 0.5);
      }
    }
    if (!current) return;
    pen.lineWidth = current.mesh === number ? 4 : 2;
    pen.strokeStyle = current.mesh === number ? "#fff" : "#fff9";
    pen.strokeRect(current.column * width + 1, SIZE - (current.row + 1) * height + 1,
      width - 2, height - 2);
  });
}

function measures() {
  if (!data.measures) return;
  const titles = { cv: "CV", line_cv: "CV by line", max_to_mean: "max/mean", detour: "detour",
    centredness: "off centre" };
  const known = Object.values(data.measures)[0].after;  // an older mesh has fewer
  const names = Object.fromEntries(Object.entries(titles).filter(([key]) => key in known));
  const head = make("tr", {}, ...["before → after", ...Object.values(names)]
    .map((textContent) => make("th", { textContent })));
  const lines = Object.entries(data.measures).map(([distance, both]) => make("tr", {},
    make("td", { textContent: distance.replaceAll("_", " ") }),
    ...Object.keys(names).map((key) => make("td", {
      textContent: `${both.before[key].toFixed(3)} → ${both.after[key].toFixed(3)}` }))));
  element("measures").append(head, ...lines);
}

axes.slice(2).forEach((axis, k) => {
  const slider = make("input", { type: "range", min: 0, max: axis.values.length - 1, value: 0 });
  slider.oninput = () => { further[k] = Number(slider.value); current = null; draw(); };
  element("further").append(make("label", {}, `${axis.name} `, slider));
});
element("listen").onclick = () => listen(!listening);
measures();
draw();
