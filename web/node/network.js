// Who is online on this network, what each shares, and one button to fetch it.
import { html, useState } from "./vendor/htm-preact.js";
import { act, model, useModel } from "./model.js";
import { call } from "./rpc.js";
import { counted, size } from "./format.js";

function Fetch({ share }) {
  const [said, say] = useState("");
  const mine = [...model.torrents.values()].find((t) => t.hash_string === share.hash_string);
  if (mine) return html`<a href=${`#/t/${share.hash_string}`}>${mine.percent_done >= 1 ? "here" : "being fetched"}</a>`;
  const fetchIt = async () => {
    say("…");
    try {
      await act("torrent_add", { filename: `magnet:?xt=urn:btih:${share.hash_string}&dn=${encodeURIComponent(share.name)}` });
    } catch (why) {
      say(why.message);
    }
  };
  return html`<button type="button" class="get" onClick=${fetchIt} aria-label=${`Fetch ${share.name}`}>Fetch</button>${said && html`<span class="note">${said}</span>`}`;
}

function Machine({ machine }) {
  const shares = machine.shares;
  const trouble = machine.nodes.map((node) => node.error).find(Boolean);
  return html`<section class="machine"><h2>${machine.host || machine.addresses[0]} <span class="note">${machine.addresses.join(", ")}</span></h2>
    ${trouble && shares.length === 0 && html`<p><span class="warning">${trouble}</span></p>`}
    ${shares.length === 0 ? html`<p class="hint">It shares nothing now.</p>` : html`<div class="scroll"><table><caption>Shared by ${machine.host}</caption>
      <thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th><th scope="col" class="number">Files</th><th scope="col">State</th><th scope="col">Get it</th></tr></thead>
      <tbody>${shares.slice(0, 500).map((share) => html`<tr key=${share.hash_string}><th scope="row">${share.name}</th><td data-label="Size" class="number"><div>${size(share.total_size)}</div></td>
        <td data-label="Files" class="number"><div>${share.file_count}</div></td><td data-label="State"><div><span class=${`state ${share.is_complete ? "complete" : "downloading"}`}>${share.is_complete ? "complete" : "downloading"}</span></div></td>
        <td data-label="" class="links"><div><${Fetch} share=${share} /></div></td></tr>`)}</tbody></table></div>${shares.length > 500 && html`<p class="hint">and ${shares.length - 500} more.</p>`}`}</section>`;
}

/// Why others are not seen, and what to do.
function Doctor() {
  const [found, setFound] = useState(null);
  const look = async () => {
    setFound("looking");
    try {
      setFound((await call("doctor_run")).findings);
    } catch (why) {
      setFound([{ grade: "fail", what: why.message }]);
    }
  };
  if (found === null) return html`<p><button type="button" onClick=${look}>Why is nobody seen?</button></p>`;
  if (found === "looking") return html`<p role="status">Looking and asking around: eight seconds …</p>`;
  const wrong = found.filter((one) => one.grade !== "ok");
  return html`<div role="status">${wrong.length === 0 && html`<p>Nothing is in the way: ${found.map((one) => one.what).join("; ")}.</p>`}
    <ul class="findings">${wrong.map((one) => html`<li><strong>${one.what}.</strong> ${one.advice}${one.command && html`<pre tabindex="0"><code>${one.command}</code></pre>`}</li>`)}</ul></div>
    <p><button type="button" onClick=${look}>Look again</button></p>`;
}

export function Network() {
  const { lan } = useModel();
  const machines = [...lan.machines].sort((a, b) => (a.host || "").localeCompare(b.host || ""));
  const disputed = lan.torrents.filter((one) => one.names?.length);
  return html`<h1>On this network</h1>
    ${lan.lan === false ? html`<div class="empty"><p><strong>Looking on this network is off.</strong> Switch it on in the settings, or start the node without <code>--no-lan</code>.</p></div>`
      : machines.length === 0 ? html`<div class="empty"><p><strong>${lan.quiet ? "No other machine is seen." : "Looking …"}</strong> On another machine of this network: <code>btnode share PATH</code></p>
          <${Doctor} /></div>`
      : html`<p class="lead">${counted(machines.length, "machine")}, ${counted(lan.torrents.length, "share")}. What comes and goes shows by itself.</p>`}
    ${disputed.map((one) => html`<p><span class="warning">${one.name} is named differently by ${one.names.map((n) => `${n.by.map((by) => by.host || by.address).join(", ")}: ${n.name}`).join("; ")}</span></p>`)}
    ${machines.map((machine) => html`<${Machine} key=${machine.addresses[0]} machine=${machine} />`)}
    ${lan.trackers?.length > 0 && html`<section><h2>Trackers</h2><ul class="plain-list">${lan.trackers.map((t) => html`<li><span class="address">${t.url}</span> ${t.host}</li>`)}</ul></section>`}`;
}
