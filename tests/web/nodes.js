// Nodes of the tests: processes with a state folder, a network and ports of their own, on this machine.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

export const program = process.env.NODE_PROGRAM;

export const freePort = () => new Promise((done) => {
  const probe = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});

export async function until(what, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await what();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

export class World {
  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), "btnode-web-"));
    this.running = [];
  }
  async begin() {
    this.network = ["-4", "--no-dht", "--network", `web-${process.pid}-${Math.random()}`, "--lan-port", String(await freePort())];
    return this;
  }
  path(...names) { return path.join(this.folder, ...names); }
  environment(state) {
    return { ...process.env, LC_ALL: "C.UTF-8", BTNODE_NO_INTERNET: "1", BTNODE_STATE_DIR: this.path(state), XDG_RUNTIME_DIR: this.path(`${state}-run`), HOME: this.folder };
  }
  start(state, ...words) {
    execFileSync("mkdir", ["-p", "-m", "700", this.path(state), this.path(`${state}-run`)]);
    const child = spawn(program, [...words, ...this.network], { env: this.environment(state), stdio: ["ignore", "pipe", "pipe"] });
    const one = { child, out: "", err: "" };
    child.stdout.on("data", (data) => { one.out += data; });
    child.stderr.on("data", (data) => { one.err += data; });
    one.gone = new Promise((done) => child.on("exit", done));
    this.running.push(one);
    return one;
  }
  /// A daemon; `page` is the address of its page.
  async daemon(port, ...words) {
    const downloads = this.path("downloads");
    execFileSync("mkdir", ["-p", downloads]);
    const one = this.start("daemon", "daemon", "--download-dir", downloads, "--rpc-bind", `127.0.0.1:${port}`, ...words);
    await until(() => one.err.includes("ready:") || one.child.exitCode !== null);
    if (!one.err.includes("ready:")) throw new Error(one.err);
    one.page = `http://127.0.0.1:${port}/transmission/web/`;
    return one;
  }
  /// A share of another node: `magnet`, `hash`, and `page`, its address for browsers.
  async share(what, ...words) {
    const one = this.start(`share-${this.running.length}`, "share", what, "--json", ...words);
    const told = await until(() => one.out.split("\n").find((line) => line.includes('"sharing"')));
    const event = JSON.parse(told);
    return Object.assign(one, { magnet: event.magnet_link, hash: event.hash_string, page: event.url.replace(/\/\/[^:/]+:/, "//127.0.0.1:") });
  }
  async stop(one) {
    one.child.kill("SIGTERM");
    await one.gone;
  }
  async end() {
    for (const one of this.running) if (one.child.exitCode === null) one.child.kill("SIGKILL");
    await Promise.all(this.running.map((one) => one.gone));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/// Asks the control port of a daemon by the address of its page: the whole answer.
export function caller(page) {
  let session = "";
  return async (method, words = {}) => {
    for (;;) {
      const answer = await fetch(page.replace("/web/", "/rpc"), {
        method: "POST", headers: { "X-Transmission-Session-Id": session }, body: JSON.stringify({ method, arguments: words }) });
      if (answer.status !== 409) return answer.json();
      session = answer.headers.get("X-Transmission-Session-Id");
    }
  };
}

/// A page whose every complaint is a failure.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.troubles = [];
  page.on("console", (line) => { if (line.type() === "error") page.troubles.push(line.text()); });
  page.on("pageerror", (why) => page.troubles.push(String(why)));
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto(url);
  return page;
}

/// What axe-core finds.
export async function violations(page) {
  await page.evaluate(readFileSync(process.env.AXE, "utf8"));
  const found = await page.evaluate(() => globalThis.axe.run(document));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
}

/// A picture of the page, for people, where PICTURES names a folder.
export async function picture(page, name) {
  if (process.env.PICTURES) await page.screenshot({ path: path.join(process.env.PICTURES, `${name}.png`), fullPage: true });
}
