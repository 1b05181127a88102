// Numbers for people, as the terminal shows them.
const units = ["B", "kB", "MB", "GB", "TB", "PB"];

export function size(bytes) {
  let at = 0;
  let value = bytes;
  while (value >= 999.95 && at + 1 < units.length) {
    value /= 1000;
    ++at;
  }
  return at === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[at]}`;
}

export const rate = (bytes) => (bytes > 0 ? `${size(bytes)}/s` : "");

/// Rounded down: 100 is only said of all.
export const percent = (part) => Math.floor(part * 100 + 1e-9);

export function time(seconds) {
  if (!(seconds >= 0)) return "";
  const s = Math.round(seconds);
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${String(s % 60).padStart(2, "0")}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}m`;
  return `${Math.floor(s / 86400)}d ${String(Math.floor((s % 86400) / 3600)).padStart(2, "0")}h`;
}

export const clock = (unix) => new Date(unix * 1000).toLocaleTimeString();

export const counted = (n, thing) => `${n} ${thing}${n === 1 ? "" : "s"}`;

/// What a text is that somebody pasted: a link, a hash, or nothing of ours.
export function target(text) {
  const word = text.trim().replace(/^[<"']+|[>"']+$/g, "");
  if (/^magnet:/i.test(word) || /^https?:\/\/\S+$/i.test(word)) return word;
  return /^([0-9a-f]{40}|[2-7a-z]{32})$/i.test(word) ? `magnet:?xt=urn:btih:${word}` : null;
}
