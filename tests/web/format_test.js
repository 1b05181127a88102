import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, percent, rate, size, target, time } from "../../web/node/format.js";
import { runs, states } from "../../web/node/pieces.js";

test("sizes and rates are those of the terminal", () => {
  assert.equal(size(0), "0 B");
  assert.equal(size(999), "999 B");
  assert.equal(size(1000), "1.0 kB");
  assert.equal(size(999_949), "999.9 kB");
  assert.equal(size(999_960), "1.0 MB");
  assert.equal(size(6_118_203_392), "6.1 GB");
  assert.equal(rate(0), "");
  assert.equal(counted(1, "machine"), "1 machine");
});

test("100 % is said of all only", () => {
  assert.equal(percent(0.9999), 99);
  assert.equal(percent(1), 100);
});

test("times have two units", () => {
  assert.equal(time(59), "59s");
  assert.equal(time(61), "1m 01s");
  assert.equal(time(3_720), "1h 02m");
  assert.equal(time(-1), "");
});

test("a link, an address or a hash is a target, whatever is around it", () => {
  const hash = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1";
  assert.equal(target(` <${hash}> `), `magnet:?xt=urn:btih:${hash}`);
  assert.equal(target(`magnet:?xt=urn:btih:${hash}`), `magnet:?xt=urn:btih:${hash}`);
  assert.equal(target("https://a.example/x.torrent"), "https://a.example/x.torrent");
  for (const text of ["", "hello", "javascript:alert(1)", "file:///etc/passwd", `${hash}0`]) assert.equal(target(text), null, text);
});

test("pieces are here, being fetched, missing, or nobody's", () => {
  const all = states({ piece_count: 10, pieces: btoa("\xc0\x40"), active_pieces: [4, 99], availability: [-1, -1, 2, 0, 1, 1, 1, 1, 1, -1] });
  assert.deepEqual([...all], [1, 1, 0, 3, 2, 0, 0, 0, 0, 1]);
  assert.deepEqual(runs(all), [[1, 0, 2], [0, 2, 3], [3, 3, 4], [2, 4, 5], [0, 5, 9], [1, 9, 10]]);
});
