// What the page knows of the node, asked for once a second while somebody looks.
import { call, callAll, RpcError } from "./rpc.js";
import { useEffect, useState } from "./vendor/htm-preact.js";

const every = 1000, everything = 60000, details = 2000; // milliseconds

const brief = [
  "id", "hash_string", "name", "state", "reason", "total_size", "size_when_done", "left_until_done", "percent_done",
  "rate_download", "rate_upload", "eta", "machines_connected", "lan_machines_connected", "is_share", "added_date",
  "labels", "recheck_progress", "metadata_percent_complete", "upload_ratio", "uploaded_ever", "share_url", "command",
];
const whole = [
  "id", "hash_string", "magnet_link", "files", "file_stats", "peers", "tracker_stats", "piece_count", "piece_size",
  "pieces", "active_pieces", "availability", "comment", "creator", "date_created", "download_dir", "is_private",
  "downloaded_ever", "corrupt_ever", "command", "share_url",
];
const bar = ["id", "piece_count", "pieces", "active_pieces", "availability"];

export const model = {
  torrents: new Map(), // by id
  bars: new Map(), // id → what drawBar wants
  session: {},
  lan: { machines: [], torrents: [], quiet: true },
  dht: {},
  history: { down: [], up: [] },
  trouble: "connecting", // why there is no answer; "" while there is
  ready: false,
  open: null, // the id whose details are wanted
  detail: null,
  visible: [], // ids of rows on the screen
};

const listeners = new Set();
const changed = () => listeners.forEach((tell) => tell());

/// Draws again whatever uses it when something is new.
export function useModel() {
  const [, again] = useState(0);
  useEffect(() => {
    const tell = () => again((n) => n + 1);
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, []);
  return model;
}

let lanChange, historyLast, lastWhole = 0, lastDetail = 0, busy = false;

function rowsOf(table) {
  if (!table || table.length === 0) return [];
  const [names, ...rows] = table;
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}

function takeTorrents(answer, isAll) {
  if (answer instanceof RpcError) return;
  const rows = rowsOf(answer.torrents);
  if (isAll) {
    const there = new Set(rows.map((row) => row.id));
    for (const id of model.torrents.keys()) if (!there.has(id)) model.torrents.delete(id);
  }
  for (const row of rows) model.torrents.set(row.id, row);
  for (const id of answer.removed || []) model.torrents.delete(id);
}

function takeHistory(answer) {
  if (answer instanceof RpcError) return;
  if (historyLast === undefined || answer.last < historyLast) model.history = { down: [], up: [] };
  historyLast = answer.last;
  model.history.down = [...model.history.down, ...answer.rate_download].slice(-300);
  model.history.up = [...model.history.up, ...answer.rate_upload].slice(-300);
}

function takeLan(answer) {
  if (answer instanceof RpcError) return;
  lanChange = answer.change;
  if (answer.machines) model.lan = answer;
}

export async function refresh(force = false) {
  if (busy || (document.hidden && !force)) return;
  busy = true;
  const now = Date.now();
  const isAll = force || !model.ready || now - lastWhole > everything;
  const wantsDetails = model.open !== null && (force || now - lastDetail > details || model.detail?.id !== model.open);
  const wantsBars = model.visible.filter((id) => {
    const one = model.torrents.get(id);
    return one && (one.percent_done < 1 || !model.bars.has(id)) && one.state !== "finding";
  });
  const asked = [
    ["torrent_get", { fields: brief, format: "table", ...(isAll ? {} : { ids: "recently_active" }) }],
    ["lan_get", lanChange === undefined ? {} : { since: lanChange }],
    ["history_get", historyLast === undefined ? {} : { since: historyLast }],
  ];
  const at = {};
  const also = (name, question) => { at[name] = asked.push(question) - 1; };
  if (isAll) also("session", ["session_get"]);
  if (isAll) also("dht", ["dht_stats"]);
  if (wantsDetails) also("detail", ["torrent_get", { fields: whole, ids: [model.open] }]);
  if (wantsBars.length > 0) also("bars", ["torrent_get", { fields: bar, ids: wantsBars }]);
  try {
    const given = await callAll(asked);
    takeTorrents(given[0], isAll);
    takeLan(given[1]);
    takeHistory(given[2]);
    const of = (name) => (at[name] !== undefined && !(given[at[name]] instanceof RpcError) ? given[at[name]] : null);
    if (of("session")) model.session = of("session");
    if (of("dht")) model.dht = of("dht");
    for (const one of of("bars")?.torrents || []) model.bars.set(one.id, one);
    if (of("detail")) {
      model.detail = of("detail").torrents[0] || null;
      lastDetail = now;
    }
    if (isAll) lastWhole = now;
    model.trouble = "";
    model.ready = true;
  } catch (why) {
    model.trouble = why instanceof RpcError ? why.message : "The node does not answer. Trying again …";
    lanChange = historyLast = undefined; // it may be another run
    lastWhole = 0;
  } finally {
    busy = false;
    changed();
  }
}

/// What a user wants, and then how it stands.
export async function act(method, params) {
  const answer = await call(method, params);
  lastDetail = 0;
  await refresh(true);
  return answer;
}

export function openDetail(id) {
  model.open = id;
  if (model.detail?.id !== id) model.detail = null;
  refresh();
}

export function begin() {
  refresh(true);
  setInterval(refresh, every);
  document.addEventListener("visibilitychange", () => refresh());
}
