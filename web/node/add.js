// What is put on the page: a link or hash pasted, a .torrent dropped, and any other file or folder, which is given to
// the node and shared.
import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { call } from "./rpc.js";
import { act, useModel } from "./model.js";
import { percent, size, target } from "./format.js";

const part = 4 << 20; // bytes a request

const base64 = (blob) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => failed(new Error(`${blob.name || "A file"} cannot be read: ${reader.error.message}`));
  reader.readAsDataURL(blob);
});

/// [path, File] of everything below a dropped file or folder.
async function filesOf(entry, below = "") {
  const path = below + entry.name;
  if (entry.isFile) return [[path, await new Promise((done, failed) => entry.file(done, failed))]];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await filesOf(each, `${path}/`)));
  }
}

/// Gives the files to the node part by part, and has it share them.
async function upload(name, files, tell, signal) {
  const total = files.reduce((sum, [, file]) => sum + file.size, 0);
  const { upload: id } = await call("upload_begin", { name, files: files.map(([path, file]) => ({ path, length: file.size })) });
  let sent = 0;
  try {
    for (const [path, file] of files)
      for (let at = 0; at < file.size; at += part) {
        if (signal.aborted) throw new Error("stopped");
        const piece = file.slice(at, at + part);
        await call("upload_part", { upload: id, path, offset: at, data: await base64(piece) });
        sent += piece.size;
        tell(total > 0 ? sent / total : 1);
      }
    return await call("upload_end", { upload: id });
  } catch (why) {
    await call("upload_cancel", { upload: id }).catch(() => {});
    throw why;
  }
}

export function useAdding(say) {
  const [jobs, setJobs] = useState([]);
  const change = (id, more) => setJobs((all) => all.map((job) => (job.id === id ? { ...job, ...more } : job)));

  const addTarget = (text) => act("torrent_add", { filename: text }).then((given) => {
    const one = given.torrent_added || given.torrent_duplicate;
    say(given.torrent_duplicate ? "It is on the list already." : "Added.");
    location.hash = `#/t/${one.hash_string}`;
  }).catch((why) => say(why.message, true));

  const addTorrentFile = async (file) => {
    try {
      await act("torrent_add", { metainfo: await base64(file) });
      say(`${file.name}: added.`);
    } catch (why) {
      say(`${file.name}: ${why.message}`, true);
    }
  };

  const share = async (name, files) => {
    const stop = new AbortController(), id = Math.random();
    setJobs((all) => [...all, { id, name, part: 0, stop: () => stop.abort(), bytes: files.reduce((sum, [, f]) => sum + f.size, 0) }]);
    try {
      await upload(name, files, (done) => change(id, { part: done }), stop.signal);
      say(`${name} is here, and is shared in a moment.`);
      setJobs((all) => all.filter((job) => job.id !== id));
    } catch (why) {
      if (stop.signal.aborted) setJobs((all) => all.filter((job) => job.id !== id));
      else change(id, { trouble: why.message });
    }
  };

  const take = async (entries) => {
    for (const entry of entries) {
      try {
        const files = await filesOf(entry);
        if (entry.isFile && entry.name.toLowerCase().endsWith(".torrent")) await addTorrentFile(files[0][1]);
        else if (files.length === 0) say(`${entry.name} holds no files.`, true);
        else await share(entry.name, files);
      } catch (why) {
        say(why.message, true);
      }
    }
  };
  const takeFiles = async (list) => {
    const groups = new Map(); // a folder that was chosen comes as its files
    for (const file of list) {
      const path = file.webkitRelativePath || file.name, top = path.split("/")[0];
      groups.set(top, [...(groups.get(top) || []), [path, file]]);
    }
    for (const [name, files] of groups)
      files.length === 1 && name.toLowerCase().endsWith(".torrent") ? await addTorrentFile(files[0][1]) : await share(name, files);
  };

  useEffect(() => {
    const paste = (event) => {
      if (/^(input|textarea)$/i.test(event.target.tagName)) return;
      const text = event.clipboardData.getData("text");
      if (event.clipboardData.files.length > 0) takeFiles([...event.clipboardData.files]);
      else if (target(text)) addTarget(target(text));
      else if (text) say("This is neither a link nor a hash.", true);
    };
    const over = (event) => {
      event.preventDefault();
      document.body.classList.add("dropping");
    };
    const leave = (event) => {
      if (event.relatedTarget === null) document.body.classList.remove("dropping");
    };
    const drop = (event) => {
      event.preventDefault();
      document.body.classList.remove("dropping");
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      const text = event.dataTransfer.getData("text");
      if (entries.length > 0) take(entries);
      else if (event.dataTransfer.files.length > 0) takeFiles([...event.dataTransfer.files]);
      else if (target(text)) addTarget(target(text));
    };
    const all = { paste, dragover: over, dragleave: leave, drop };
    for (const [name, how] of Object.entries(all)) document.addEventListener(name, how);
    return () => Object.entries(all).forEach(([name, how]) => document.removeEventListener(name, how));
  }, []);
  return { jobs, addTarget, takeFiles, forget: (id) => setJobs((all) => all.filter((job) => job.id !== id)) };
}

export function Adding({ adding, say }) {
  const [text, setText] = useState("");
  const file = useRef(), folder = useRef();
  const { session } = useModel();
  const submit = (event) => {
    event.preventDefault();
    const found = target(text);
    if (!found) return say(text.trim() === "" ? "Paste a link or hash first." : "This is neither a link nor a hash.", true);
    setText("");
    adding.addTarget(found);
  };
  const chosen = (event) => {
    adding.takeFiles([...event.target.files]);
    event.target.value = "";
  };
  return html`<form class="tools adding" onSubmit=${submit}>
      <input type="text" id="add" value=${text} onInput=${(e) => setText(e.target.value)} placeholder="Magnet link, hash or address of a .torrent" aria-label="Magnet link, hash or address of a .torrent" autocomplete="off" spellcheck=${false} />
      <button type="submit" class="get">Download</button>
      <button type="button" onClick=${() => file.current.click()}>Share files …</button>
      <button type="button" onClick=${() => folder.current.click()}>Share a folder …</button>
      <input type="file" multiple hidden ref=${file} onChange=${chosen} aria-label="Files to share" tabindex="-1" />
      <input type="file" webkitdirectory=${true} hidden ref=${folder} onChange=${chosen} aria-label="Folder to share" tabindex="-1" />
      ${session.download_dir && html`<span class="note">Downloads go to ${session.download_dir}</span>`}
    </form>
    ${adding.jobs.map((job) => html`<div class="job" key=${job.id}><span>Giving <b>${job.name}</b> (${size(job.bytes)}) to the node</span>
      ${job.trouble ? html`<span class="warning">${job.trouble}</span><button type="button" onClick=${() => adding.forget(job.id)}>close</button>`
        : html`<progress max="1" value=${job.part} aria-label=${`Upload of ${job.name}`}></progress><span class="number">${percent(job.part)} %</span><button type="button" onClick=${job.stop}>stop</button>`}</div>`)}`;
}
