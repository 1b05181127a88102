// Keeps an open page true: it asks for itself again and takes over what has changed. Without this script the
// pages hold the same, as of when they were asked for.
"use strict";

const every = 5000; // milliseconds
const live = document.getElementById("live");
let busy = false;
let lost = false;

/// Makes `old` like `fresh`, element by element, so that focus, selection and scrolling stay where they are.
function renew(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(document.adoptNode(fresh));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.localName === "button") return; // its state is ours
  for (const { name } of Array.from(old.attributes))
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of Array.from(fresh.attributes))
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const now = Array.from(old.childNodes), then = Array.from(fresh.childNodes);
  then.forEach((node, i) => (i < now.length ? renew(now[i], node) : old.appendChild(document.adoptNode(node))));
  now.slice(then.length).forEach((node) => node.remove());
}

function isSelecting() {
  const selection = window.getSelection();
  return selection !== null && !selection.isCollapsed;
}

function say(text, isLost) {
  if (live === null || (lost === isLost && live.textContent === text)) return;
  lost = isLost;
  live.textContent = text;
  live.classList.toggle("lost", isLost);
}

async function refresh() {
  if (busy || document.hidden || isSelecting()) return;
  busy = true;
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), 2 * every);
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" }, signal: given.signal });
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const main = fresh.querySelector("main");
    if (main === null) throw new Error("no page");
    renew(document.querySelector("main"), main);
    document.title = fresh.title;
    offerCopies();
    say("live", false);
  } catch {
    say("no answer; trying again", true);
  } finally {
    clearTimeout(timer);
    busy = false;
  }
}

/// A page that did not come over HTTPS has no clipboard, so the old way is the usual one.
async function copy(text, from) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not allowed: the other way may be
    }
  }
  const selection = window.getSelection();
  selection.selectAllChildren(from);
  const copied = document.execCommand("copy");
  if (copied) selection.removeAllRanges();
  return copied;
}

function offerCopies() {
  for (const button of document.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-copy]") : null;
  const from = button && document.getElementById(button.dataset.copy);
  if (!from) return;
  button.textContent = (await copy(from.textContent, from)) ? "Copied" : "Selected";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});
document.addEventListener("visibilitychange", refresh);
offerCopies();
say("live", false);
setInterval(refresh, every);
