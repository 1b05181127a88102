// Which pieces are here, as runs of one state, drawn on a canvas.
export const missing = 0, have = 1, active = 2, nobody = 3, unwanted = 4;

/// One state a piece. `bits`: base64, the first piece is the highest bit of the first byte.
export function states({ piece_count: count, pieces: bits, active_pieces: busy, availability }) {
  const all = new Uint8Array(count);
  const raw = bits ? atob(bits) : "";
  for (let i = 0; i < count; ++i) {
    if (raw.charCodeAt(i >> 3) & (0x80 >> (i & 7))) all[i] = have;
    else if (availability && availability[i] === 0) all[i] = nobody;
  }
  for (const i of busy || []) if (i < count && all[i] !== have) all[i] = active;
  return all;
}

/// [state, first, end) for each run; at most about `columns` of them matter to a drawing.
export function runs(all) {
  const found = [];
  for (let i = 0; i < all.length; ) {
    let end = i + 1;
    while (end < all.length && all[end] === all[i]) ++end;
    found.push([all[i], i, end]);
    i = end;
  }
  return found;
}

const names = ["--track", "--seed", "--leech", "--warn", "--soft"];
const colours = () => {
  const style = getComputedStyle(document.documentElement);
  return names.map((name) => style.getPropertyValue(name).trim());
};

function sized(canvas) {
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * scale));
  const height = Math.max(1, Math.round(canvas.clientHeight * scale));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return canvas.getContext("2d");
}

/// One row: for the bar of a list.
export function drawBar(canvas, all) {
  const to = sized(canvas), colour = colours();
  to.fillStyle = colour[missing];
  to.fillRect(0, 0, canvas.width, canvas.height);
  for (const [state, first, end] of runs(all)) {
    if (state === missing) continue;
    const x = Math.floor((first / all.length) * canvas.width);
    to.fillStyle = colour[state];
    to.fillRect(x, 0, Math.max(1, Math.ceil((end / all.length) * canvas.width) - x), canvas.height);
  }
}

/// Below it how many others have each part: the darker the more, and a mark where nobody has it.
export function drawAvailability(canvas, availability, all) {
  const to = sized(canvas), colour = colours();
  const most = availability.reduce((a, b) => Math.max(a, b), 1);
  to.fillStyle = colour[missing];
  to.fillRect(0, 0, canvas.width, canvas.height);
  for (let x = 0; x < canvas.width; ++x) {
    const first = Math.floor((x / canvas.width) * availability.length);
    const end = Math.max(first + 1, Math.floor(((x + 1) / canvas.width) * availability.length));
    let least = Infinity, ours = true;
    for (let i = first; i < end; ++i) {
      least = Math.min(least, Math.max(0, availability[i]));
      ours = ours && all[i] === have;
    }
    to.globalAlpha = least > 0 ? 0.25 + (0.75 * least) / most : 1;
    to.fillStyle = least > 0 ? colour[active] : ours ? colour[missing] : colour[nobody];
    to.fillRect(x, 0, 1, canvas.height);
  }
  to.globalAlpha = 1;
}

/// A square a piece as long as there is room for it, else several pieces a square.
export function drawMap(canvas, all) {
  const to = sized(canvas), colour = colours();
  to.clearRect(0, 0, canvas.width, canvas.height);
  const scale = window.devicePixelRatio || 1;
  const cell = Math.floor(Math.max(5 * scale, Math.min(14 * scale, Math.sqrt((canvas.width * canvas.height) / Math.max(1, all.length)) - 1)));
  const columns = Math.max(1, Math.floor(canvas.width / cell)), rows = Math.max(1, Math.floor(canvas.height / cell));
  const cells = Math.min(all.length, columns * rows);
  for (let i = 0; i < cells; ++i) {
    const first = Math.floor((i / cells) * all.length), end = Math.max(first + 1, Math.floor(((i + 1) / cells) * all.length));
    let state = have;
    for (let k = first; k < end; ++k) if (all[k] !== have) state = state === have || all[k] === active || (all[k] === nobody && state !== active) ? all[k] : state;
    to.fillStyle = colour[state];
    to.fillRect((i % columns) * cell, Math.floor(i / columns) * cell, cell - scale, cell - scale);
  }
}
