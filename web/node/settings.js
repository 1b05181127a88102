// Limits and switches of the node, and the end of its log.
import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { call } from "./rpc.js";
import { act, useModel } from "./model.js";
import { clock, counted, size } from "./format.js";

function Limit({ session, say, name, word }) {
  const limit = `speed_limit_${name}`, enabled = `${limit}_enabled`;
  const set = (values) => act("session_set", values).catch((why) => say(why.message, true));
  return html`<li><label><input type="checkbox" checked=${session[enabled]} onChange=${(e) => set({ [enabled]: e.target.checked })} /> ${word} at most</label>
    <input type="number" min="0" step="100" value=${session[limit]} aria-label=${`${word}, kB/s`} onChange=${(e) => set({ [limit]: Math.max(0, Math.round(Number(e.target.value))) })} /> kB/s</li>`;
}

function Log() {
  const [lines, setLines] = useState([]);
  useEffect(() => {
    let last, over = false;
    const more = async () => {
      if (document.hidden) return;
      try {
        const given = await call("log_get", last === undefined ? {} : { since: last });
        if (over) return;
        const anew = last === undefined || given.last < last;
        last = given.last;
        setLines((old) => [...(anew ? [] : old), ...given.lines].slice(-500));
      } catch {
        // the page says that the node does not answer
      }
    };
    more();
    const timer = setInterval(more, 2000);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, []);
  return html`<section><h2>Log</h2><div class="log" tabindex="0" role="log" aria-label="Log">${lines.map((line) => html`<p key=${line.id} class=${line.level}><time>${clock(line.time)}</time> ${line.text}</p>`)}</div></section>`;
}

export function Settings({ say }) {
  const { session, dht, torrents } = useModel();
  const all = [...torrents.values()];
  const set = (values) => act("session_set", values).catch((why) => say(why.message, true));
  return html`<h1>Settings</h1>
    <section><h2>Speed beyond this network</h2><ul class="plain-list">
      <${Limit} session=${session} say=${say} name="down" word="Download" />
      <${Limit} session=${session} say=${say} name="up" word="Upload" />
      <li><label><input type="checkbox" checked=${session.alt_speed_enabled} onChange=${(e) => set({ alt_speed_enabled: e.target.checked })} /> Use the other limits: ${session.alt_speed_down} kB/s down, ${session.alt_speed_up} kB/s up</label></li></ul></section>
    <section><h2>How others are found</h2><ul class="plain-list">
      <li><label><input type="checkbox" checked=${session.lpd_enabled} onChange=${(e) => set({ lpd_enabled: e.target.checked })} /> On this network</label></li>
      <li><label><input type="checkbox" checked=${session.dht_enabled} onChange=${(e) => set({ dht_enabled: e.target.checked })} /> By the DHT${{ joining: ": looking for nodes", island: ": nodes of this network alone", public: ": the public one" }[dht.state] || ""}</label></li></ul></section>
    <section><h2>This node</h2><ul class="plain-list">
      <li>Downloads go to <span class="address">${session.download_dir}</span></li>
      <li>${counted(all.length, "torrent")}, ${size(all.reduce((sum, t) => sum + t.total_size, 0))}; given since they were added ${size(all.reduce((sum, t) => sum + t.uploaded_ever, 0))}</li>
      <li>Version ${session.version}</li>
      <li><button type="button" onClick=${() => navigator.registerProtocolHandler("magnet", `${location.origin}${location.pathname}?add=%s`)}>Open magnet links with this page</button></li></ul></section>
    <${Log} />`;
}
