// The node's page: what it has, what is on this network, and what to do with both.
import { html, render, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { begin, model, useModel } from "./model.js";
import { Adding, useAdding } from "./add.js";
import { Detail } from "./detail.js";
import { List } from "./list.js";
import { Network } from "./network.js";
import { Settings } from "./settings.js";
import { drawSpeeds } from "./chart.js";
import { rate, target } from "./format.js";

const useHash = () => {
  const [hash, set] = useState(location.hash);
  useEffect(() => {
    const now = () => set(location.hash);
    addEventListener("hashchange", now);
    return () => removeEventListener("hashchange", now);
  }, []);
  return hash;
};

function Speeds() {
  const { history, torrents } = useModel();
  const at = useRef();
  useEffect(() => drawSpeeds(at.current, history.down, history.up));
  const sum = (key) => [...torrents.values()].reduce((all, t) => all + t[key], 0);
  return html`<div class="speeds"><canvas ref=${at} role="img" aria-label="Speeds of the last five minutes"></canvas>
    <span class="key">↓ ${rate(sum("rate_download")) || "0 B/s"}</span><span class="key seed">↑ ${rate(sum("rate_upload")) || "0 B/s"}</span></div>`;
}

const mark = html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 5L5 18M12 5l7 13M5 18h14"/><circle cx="12" cy="5" r="3.2"/><circle cx="5" cy="18" r="3.2"/><circle cx="19" cy="18" r="3.2"/></svg>`;

function App() {
  const { trouble, ready, lan } = useModel();
  const hash = useHash();
  const [said, setSaid] = useState(null);
  useEffect(() => setSaid((now) => (now?.isTrouble ? null : now)), [hash]);
  const timer = useRef();
  const say = (text, isTrouble = false) => {
    setSaid({ text, isTrouble });
    clearTimeout(timer.current);
    if (!isTrouble) timer.current = setTimeout(() => setSaid(null), 5000);
  };
  const adding = useAdding(say);

  useEffect(() => {
    const given = target(new URLSearchParams(location.search).get("add") || "");
    if (given) {
      history.replaceState(null, "", location.pathname);
      adding.addTarget(given);
    }
    const keys = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || /^(input|textarea|select)$/i.test(event.target.tagName)) return;
      if (event.key === "/") document.getElementById("filter")?.focus();
      else if (event.key === "a") document.getElementById("add")?.focus();
      else if (event.key === "Escape") location.hash = "#/";
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, []);

  const detail = /^#\/t\/([0-9a-f]{40})$/.exec(hash)?.[1];
  const entry = (where, name) => html`<a href=${where} aria-current=${hash === where || (where === "#/" && hash === "") ? "page" : null}>${name}</a>`;
  return html`<a class="skip" href="#content" onClick=${(e) => { e.preventDefault(); document.getElementById("content").focus(); }}>Skip to the content</a>
    <header class="top"><div class="inner"><div class="who"><a class="brand" href="#/">${mark}<span>btnode</span></a></div>
      <nav aria-label="Pages">${entry("#/", "Torrents")}${entry("#/network", `On this network${lan.machines.length > 0 ? ` (${lan.machines.length})` : ""}`)}${entry("#/settings", "Settings")}</nav>
      <${Speeds} /><span class=${`live ${trouble ? "lost" : ""}`} role="status">${trouble || "live"}</span></div></header>
    <main id="content" class="inner" tabindex="-1">
      ${said && html`<p class=${said.isTrouble ? "said warning" : "said"} role=${said.isTrouble ? "alert" : "status"}>${said.text} <button type="button" onClick=${() => setSaid(null)} aria-label="Close the message">close</button></p>`}
      ${!detail && hash !== "#/settings" && html`<${Adding} adding=${adding} say=${say} />`}
      ${detail ? html`<${Detail} key=${detail} hash=${detail} />` : hash === "#/network" ? html`<${Network} />` : hash === "#/settings" ? html`<${Settings} say=${say} />`
        : html`<h1 class="unseen">Torrents</h1>${ready && html`<${List} open=${(id) => { location.hash = `#/t/${model.torrents.get(id).hash_string}`; }} />`}`}
    </main><div class="drop-here" aria-hidden="true">Drop it: a .torrent is downloaded, anything else is shared</div>`;
}

render(html`<${App} />`, document.body);
begin();
