// One torrent: its pieces, machines, files, sources, and how to give it away.
import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { act, model, openDetail, useModel } from "./model.js";
import { counted, percent, rate, size, time } from "./format.js";
import { drawAvailability, drawMap, states } from "./pieces.js";
import { pausedOrNot, remove, stateText, toggle } from "./list.js";

const most = 500; // rows of a table

export function Copy({ text, what }) {
  const [said, say] = useState("Copy");
  const from = useRef();
  const copy = async () => {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      // a page that did not come over HTTPS from another machine has no clipboard
      window.getSelection().selectAllChildren(from.current);
      done = document.execCommand("copy");
    }
    say(done ? "Copied" : "Selected");
    setTimeout(() => say("Copy"), 1500);
  };
  return html`<div class="copyable"><code ref=${from}>${text}</code>
    <button type="button" onClick=${copy} aria-label=${`Copy ${what}`}>${said}</button></div>`;
}

function Map_({ of }) {
  const map = useRef(), strip = useRef();
  useEffect(() => {
    const all = states(of);
    drawMap(map.current, all);
    if (of.availability?.length) drawAvailability(strip.current, of.availability, all);
  });
  const all = states(of), count = (state) => all.reduce((n, each) => n + (each === state), 0);
  return html`<section><h2>Pieces</h2>
    <figure class="history"><canvas class="map" ref=${map} role="img" aria-label=${`${count(1)} of ${counted(of.piece_count, "piece")} are here`}></canvas>
      <canvas class="strip-canvas" ref=${strip} aria-hidden="true"></canvas>
      <figcaption><span class="key seed">here ${count(1)}</span><span class="key">being fetched ${count(2)}</span><span class="key none">nobody has it ${count(3)}</span>
        of ${counted(of.piece_count, "piece")} of ${size(of.piece_size)}; below: how many others have each part</figcaption></figure></section>`;
}

function Peers({ of }) {
  const machines = new Map();
  for (const peer of of.peers || []) {
    const key = peer.machine || peer.address;
    const one = machines.get(key) || { ...peer, addresses: [], rate_to_client: 0, rate_to_peer: 0, progress: 0 };
    one.addresses.push(peer.address);
    one.rate_to_client += peer.rate_to_client;
    one.rate_to_peer += peer.rate_to_peer;
    one.progress = Math.max(one.progress, peer.progress);
    machines.set(key, one);
  }
  const rows = [...machines.values()].sort((a, b) => b.rate_to_client + b.rate_to_peer - a.rate_to_client - a.rate_to_peer);
  if (rows.length === 0) return html`<section><h2>Machines</h2><p class="hint">No other machine is connected now.</p></section>`;
  return html`<section><h2>Machines</h2><div class="scroll"><table><caption>Connected machines</caption>
    <thead><tr><th scope="col">Address</th><th scope="col">Program</th><th scope="col">Has</th><th scope="col" class="number">Gives us</th><th scope="col" class="number">Takes</th><th scope="col">Found by</th></tr></thead>
    <tbody>${rows.slice(0, most).map((peer) => html`<tr><th scope="row">${peer.addresses.map((at) => html`<span class="address line">${at}</span>`)}</th>
      <td data-label="Program"><div>${peer.client_name || "unknown"}</div></td>
      <td data-label="Has" class="swarm"><div><progress max="1" value=${peer.progress} aria-label=${`${percent(peer.progress)} %`}></progress> ${percent(peer.progress)} %</div></td>
      <td data-label="Gives us" class="number"><div>${rate(peer.rate_to_client) || "–"}</div></td><td data-label="Takes" class="number"><div>${rate(peer.rate_to_peer) || "–"}</div></td>
      <td data-label="Found by"><div>${peer.is_lan ? "this network" : peer.source}</div></td></tr>`)}</tbody></table></div>
    ${rows.length > most && html`<p class="hint">and ${rows.length - most} more.</p>`}</section>`;
}

function Files({ of, t }) {
  const [word, setWord] = useState("");
  const all = (of.files || []).map((file, i) => ({ ...file, ...of.file_stats[i], i }));
  const fits = all.filter((file) => file.name.toLowerCase().includes(word.toLowerCase()));
  const choose = (files, wanted) => act("torrent_set", { ids: [t.id], [wanted ? "files_wanted" : "files_unwanted"]: files });
  const order = (file, value) => act("torrent_set", { ids: [t.id], [`priority_${value}`]: [file.i] });
  const name = (file) => (all.length > 1 ? file.name.slice(file.name.indexOf("/") + 1) : file.name);
  const address = (file) => (of.share_url && t.share_url ? `${t.share_url}${file.name.split("/").map(encodeURIComponent).join("/")}` : null);
  return html`<section><h2>Files</h2>
    ${all.length > 10 && html`<div class="tools"><input type="search" aria-label="Filter files" placeholder="Filter files" value=${word} onInput=${(e) => setWord(e.target.value)} />
      ${!t.is_share && html`<button type="button" onClick=${() => choose(fits.map((f) => f.i), true)}>fetch these</button><button type="button" onClick=${() => choose(fits.map((f) => f.i), false)}>leave these out</button>`}</div>`}
    <div class="scroll"><table><caption>Files of the torrent</caption>
    <thead><tr><th scope="col">File</th><th scope="col" class="number">Size</th><th scope="col">Here</th>${!t.is_share && html`<th scope="col">Order</th>`}</tr></thead>
    <tbody>${fits.slice(0, most).map((file) => html`<tr>
      <th scope="row"><label>${!t.is_share && html`<input type="checkbox" checked=${file.wanted} onChange=${(e) => choose([file.i], e.target.checked)} aria-label=${`Fetch ${name(file)}`} /> `}${address(file) ? html`<a href=${address(file)} download="">${name(file)}</a>` : name(file)}</label></th>
      <td data-label="Size" class="number"><div>${size(file.length)}</div></td>
      <td data-label="Here"><div>${file.length === 0 || file.bytes_completed >= file.length ? "complete" : `${percent(file.bytes_completed / file.length)} %`}</div></td>
      ${!t.is_share && html`<td data-label="Order"><div><select aria-label=${`Order of ${name(file)}`} value=${file.priority} onChange=${(e) => order(file, e.target.value > 0 ? "high" : e.target.value < 0 ? "low" : "normal")}><option value="1">first</option><option value="0">normal</option><option value="-1">last</option></select></div></td>`}</tr>`)}</tbody></table></div>
    ${fits.length > most && html`<p class="hint">and ${counted(fits.length - most, "more file")}: filter to see them.</p>`}</section>`;
}

function Sources({ of }) {
  const { dht, lan, session } = model;
  return html`<section><h2>Where it is announced</h2><ul class="plain-list">
    <li>This network: ${lan.lan === false ? "off" : of.is_private ? "no, the torrent is private" : "yes"}</li>
    <li>DHT: ${of.is_private ? "no, the torrent is private" : session.dht_enabled === false ? "off" : { joining: "looking for nodes", island: "nodes of this network", public: "public", off: "off" }[dht.state] || ""}</li>
    ${(of.tracker_stats || []).map((tracker) => html`<li>Tracker <span class="address">${tracker.announce}</span> ${tracker.last_announce_result && html`<span class="note">${tracker.last_announce_result}</span>`}</li>`)}
  </ul></section>`;
}

export function Detail({ hash }) {
  useModel();
  const t = [...model.torrents.values()].find((each) => each.hash_string === hash);
  useEffect(() => {
    openDetail(t ? t.id : null);
    return () => openDetail(null);
  }, [t?.id]);
  const back = html`<p class="crumb"><a href="#/">All torrents</a></p>`;
  if (!t) return html`${back}<h1>${model.ready ? "This torrent is not on the list" : "…"}</h1>`;
  const of = model.detail?.id === t.id ? model.detail : null;
  return html`${back}<h1 class="torrent">${t.name || t.hash_string}</h1>
    <p class="lead"><span class=${`state ${t.percent_done >= 1 ? "complete" : t.state}`}>${stateText(t)}</span>
      ${t.total_size > 0 && ` · ${size(t.total_size)}`}${t.rate_download > 0 && ` · ↓ ${rate(t.rate_download)}`}${t.rate_upload > 0 && ` · ↑ ${rate(t.rate_upload)}`}${t.state === "downloading" && t.eta >= 0 && ` · ${time(t.eta)} left`}
      ${t.machines_connected > 0 && ` · ${counted(t.machines_connected, "machine")}`}</p>
    ${t.reason && html`<p><span class="warning">${t.reason}</span></p>`}
    <p class="links"><button type="button" onClick=${() => toggle([t.id], t.state !== "paused")}>${pausedOrNot(t)}</button>
      <button type="button" onClick=${() => act("torrent_verify", { ids: [t.id] })}>check the files</button>
      <button type="button" onClick=${() => remove([t.id], false).then(() => { if (!model.torrents.has(t.id)) location.hash = "#/"; })}>remove</button>
      <button type="button" class="danger" onClick=${() => remove([t.id], true).then(() => { if (!model.torrents.has(t.id)) location.hash = "#/"; })}>remove with files</button></p>
    ${of && html`${of.piece_count > 0 && html`<${Map_} of=${of} />`}
      <section class="hero"><div><h2>Give it away</h2>
        ${t.share_url && html`<p class="hint">In a browser of this network, nothing to install:</p><${Copy} text=${t.share_url} what="the address for browsers" />`}
        <p class="hint">In a terminal of this network:</p><${Copy} text=${of.command} what="the command" />
        <p class="hint">In any BitTorrent program:</p><${Copy} text=${of.magnet_link} what="the magnet link" />
        ${t.share_url && html`<p class="links"><a class="get plain" href=${t.share_url}>Open the page</a><a class="get plain" href=${`${t.share_url.replace(/\/$/, "")}.torrent`} download="">.torrent file</a></p>`}
      </div>${t.share_url && html`<img class="qr" src=${`qr.svg?${encodeURIComponent(t.share_url)}`} alt="QR code of the address for browsers" width="148" height="148" />`}</section>
      <${Peers} of=${of} /><${Files} of=${of} t=${t} /><${Sources} of=${of} />
      <section><h2>More</h2><ul class="plain-list"><li>Folder: <span class="address">${of.download_dir}</span></li><li>Info-hash: <span class="address">${t.hash_string}</span></li>
        <li>Given so far: ${size(t.uploaded_ever)}${t.uploaded_ever > 0 && t.upload_ratio > 0 ? `, ratio ${t.upload_ratio.toFixed(2)}` : ""}</li>${of.comment && html`<li>Comment: ${of.comment}</li>`}</ul></section>`}`;
}
