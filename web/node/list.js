// The list of torrents: only the rows on the screen are drawn, however many there are.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/htm-preact.js";
import { act, model, useModel } from "./model.js";
import { counted, percent, rate, size, time } from "./format.js";
import { drawBar, states } from "./pieces.js";

const filters = {
  all: ["All", () => true],
  downloading: ["Downloading", (t) => t.percent_done < 1 && t.state !== "paused" && !t.is_share],
  sharing: ["Sharing", (t) => (t.percent_done >= 1 || t.is_share) && t.state !== "paused"],
  paused: ["Paused", (t) => t.state === "paused"],
  trouble: ["With trouble", (t) => t.reason !== ""],
};
const orders = {
  name: ["Name", (a, b) => a.name.localeCompare(b.name)],
  added: ["Newest", (a, b) => b.added_date - a.added_date || b.id - a.id],
  size: ["Size", (a, b) => b.total_size - a.total_size],
  progress: ["Progress", (a, b) => a.percent_done - b.percent_done],
  speed: ["Speed", (a, b) => b.rate_download + b.rate_upload - a.rate_download - a.rate_upload],
};

export const pausedOrNot = (t) => (t.state === "paused" ? "resume" : "pause");
export const toggle = (ids, isPause) => act(isPause ? "torrent_stop" : "torrent_start", { ids }).catch(() => {}); // the page says that the node does not answer

export function stateText(t) {
  if (t.state === "checking") return `checking ${percent(t.recheck_progress)} %`;
  if (t.percent_done < 1 && t.state === "downloading") return `${percent(t.percent_done)} %`;
  if (t.percent_done < 1 && t.size_when_done > 0) return `${t.state}, ${percent(t.percent_done)} %`;
  return t.state;
}

export function Bar({ t }) {
  const at = useRef();
  const known = model.bars.get(t.id);
  useEffect(() => {
    if (!at.current) return;
    const all = known && known.piece_count > 0 ? states(known) : Uint8Array.of(t.percent_done >= 1 ? 1 : 0);
    if (t.percent_done >= 1) all.fill(1);
    drawBar(at.current, t.state === "paused" ? all.map((each) => (each === 3 ? 0 : each)) : all);
  });
  return html`<progress class="unseen" max="100" value=${percent(t.percent_done)} aria-label=${`Progress of ${t.name}`}></progress>
    <canvas class="segments" ref=${at} aria-hidden="true"></canvas>`;
}

function Row({ t, index, isChosen, choose, open }) {
  const more = [
    t.state === "downloading" && t.eta >= 0 ? `${time(t.eta)} left` : "",
    t.machines_connected > 0 ? `${counted(t.machines_connected, "machine")}${t.lan_machines_connected > 0 ? `, ${t.lan_machines_connected} here` : ""}` : "",
  ].filter(Boolean);
  const keys = (event) => {
    if (event.target !== event.currentTarget) return;
    const row = event.currentTarget;
    if (event.key === "Enter") open(t.id);
    else if (event.key === " ") choose(t.id);
    else if (event.key === "p") toggle([t.id], t.state !== "paused");
    else if (event.key === "ArrowDown") row.nextElementSibling?.focus();
    else if (event.key === "ArrowUp") row.previousElementSibling?.focus();
    else return;
    event.preventDefault();
  };
  return html`<li class=${`row ${isChosen ? "chosen" : ""}`} tabindex="0" onKeyDown=${keys} aria-posinset=${index + 1} aria-setsize=${model.torrents.size}>
    <input type="checkbox" checked=${isChosen} onChange=${() => choose(t.id)} aria-label=${`Choose ${t.name}`} />
    <div class="what">
      <a class="title" href=${`#/t/${t.hash_string}`}>${t.name || t.hash_string}</a>
      <${Bar} t=${t} />
      <div class="note">${t.reason ? html`<span class="warning">${t.reason}</span> ` : null}${more.join(" · ")}</div>
    </div>
    <span class=${`state ${t.percent_done >= 1 ? "complete" : t.state}`}>${stateText(t)}</span>
    <span class="number">${t.total_size > 0 ? size(t.total_size) : ""}</span>
    <span class="number rates">${t.rate_download > 0 ? html`<span>↓ ${rate(t.rate_download)}</span>` : null}${t.rate_upload > 0 ? html`<span>↑ ${rate(t.rate_upload)}</span>` : null}</span>
    <button type="button" onClick=${() => toggle([t.id], t.state !== "paused")} aria-label=${`${pausedOrNot(t)} ${t.name}`}>${pausedOrNot(t)}</button>
  </li>`;
}

export function remove(ids, withFiles) {
  const what = ids.length === 1 ? model.torrents.get(ids[0])?.name : counted(ids.length, "torrent");
  const question = withFiles ? `Remove ${what} and delete the files from this machine?` : `Remove ${what}? The files stay.`;
  return window.confirm(question) ? act("torrent_remove", { ids, delete_local_data: withFiles }).catch((why) => window.alert(why.message)) : Promise.resolve();
}

export function List({ open }) {
  const known = useModel();
  const [filter, setFilter] = useState("all");
  const [order, setOrder] = useState("added");
  const [word, setWord] = useState("");
  const [chosen, setChosen] = useState(new Set());
  const [view, setView] = useState({ first: 0, count: 30 });
  const list = useRef();

  const text = word.toLowerCase();
  const shown = [...known.torrents.values()]
    .filter((t) => filters[filter][1](t) && (text === "" || t.name.toLowerCase().includes(text) || t.hash_string.startsWith(text)))
    .sort((a, b) => orders[order][1](a, b) || a.id - b.id);

  const rowHeight = window.innerWidth < 760 ? 132 : 76;
  useLayoutEffect(() => {
    const look = () => {
      if (!list.current) return;
      const above = Math.max(0, -list.current.getBoundingClientRect().top);
      const first = Math.max(0, Math.floor(above / rowHeight) - 4);
      const count = Math.ceil(window.innerHeight / rowHeight) + 8;
      setView((old) => (old.first === first && old.count === count ? old : { first, count }));
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [rowHeight, shown.length]);

  const rows = shown.slice(view.first, view.first + view.count);
  model.visible = rows.map((t) => t.id);
  const choose = (id) => setChosen((old) => {
    const now = new Set(old);
    now.delete(id) || now.add(id);
    return now;
  });
  const ids = [...chosen].filter((id) => known.torrents.has(id));
  const all = () => setChosen(new Set(ids.length === shown.length ? [] : shown.map((t) => t.id)));

  if (known.ready && known.torrents.size === 0)
    return html`<div class="empty"><p><strong>Nothing is shared or downloaded yet.</strong></p>
      <p>Drop a file or folder on this page to share it, paste a link to download it, or look at what is <a href="#/network">on this network</a>.</p></div>`;
  return html`<section aria-label="Torrents">
    <div class="tools">
      <input type="search" id="filter" placeholder="Filter by name" aria-label="Filter by name" value=${word} onInput=${(e) => setWord(e.target.value)} />
      <select aria-label="Show" value=${filter} onChange=${(e) => setFilter(e.target.value)}>
        ${Object.entries(filters).map(([key, [name, fits]]) => html`<option value=${key}>${name} (${[...known.torrents.values()].filter(fits).length})</option>`)}
      </select>
      <select aria-label="Order" value=${order} onChange=${(e) => setOrder(e.target.value)}>
        ${Object.entries(orders).map(([key, [name]]) => html`<option value=${key}>${name}</option>`)}
      </select>
      <label class="all"><input type="checkbox" checked=${ids.length > 0 && ids.length === shown.length} onChange=${all} /> All</label>
      ${ids.length > 0 && html`<span class="chosen-tools">${counted(ids.length, "torrent")}:
        <button type="button" onClick=${() => toggle(ids, true)}>pause</button>
        <button type="button" onClick=${() => toggle(ids, false)}>resume</button>
        <button type="button" onClick=${() => remove(ids, false).then(() => setChosen(new Set()))}>remove</button>
        <button type="button" class="danger" onClick=${() => remove(ids, true).then(() => setChosen(new Set()))}>remove with files</button></span>`}
    </div>
    <ul class="rows" ref=${list} style=${{ height: `${shown.length * rowHeight}px`, "--first": `${view.first * rowHeight}px` }}>
      ${rows.map((t, i) => html`<${Row} key=${t.id} t=${t} index=${view.first + i} isChosen=${chosen.has(t.id)} choose=${choose} open=${open} />`)}
    </ul>
    ${known.ready && shown.length === 0 && html`<p class="hint">No torrent fits the filter.</p>`}
  </section>`;
}
