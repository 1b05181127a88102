// Pages that were made for Transmission, in a real browser, with our daemon behind them: Transmission's own of Debian's
// transmission-common, and Flood where npm has it (npm install --no-save flood in this folder).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { World, caller, freePort, launch, open, picture, until } from "./nodes.js";

const THEIRS = "/usr/share/transmission/web";
const FLOOD = fileURLToPath(new URL("node_modules/flood/dist/index.js", import.meta.url));
const LINK = `magnet:?xt=urn:btih:${"1".repeat(40)}&dn=wanted.iso`;

let browser, world, daemon, port, ask;

before(async () => {
  browser = await launch();
  world = await new World().begin();
  port = await freePort();
  daemon = await world.daemon(port, "--web-root", existsSync(THEIRS) ? THEIRS : world.folder, "--share-dir", world.folder);
  ask = caller(daemon.page);
});
after(async () => {
  await browser?.close();
  await world?.end();
});

const torrent = async (number, ...fields) => (await ask("torrent-get", { ids: [number], fields })).arguments.torrents[0];

/// An album that is shared and a link that nobody has; their numbers.
async function filled(name) {
  mkdirSync(world.path(name));
  for (const file of ["one", "two"]) writeFileSync(world.path(name, file), randomBytes(100_000));
  const { hashing } = (await ask("share", { path: world.path(name) })).arguments;
  const share = await until(async () => (await ask("hashing-get", { ids: [hashing] })).arguments.hashings[0].torrent_id);
  const [link] = Object.values((await ask("torrent-add", { filename: LINK })).arguments);
  return [share, link.id];
}

test("Transmission's own page shows, pauses, renames and removes torrents and changes settings",
  { skip: !existsSync(THEIRS) && "Transmission's page is not installed (package transmission-common)" }, async () => {
    const [share, link] = await filled("album");
    const page = await open(browser, daemon.page);
    page.troubles = [];
    await page.locator("#torrent_list").getByText("album", { exact: true }).click();
    await page.getByText("retrieving metadata").waitFor();
    await page.locator("#toolbar-inspector").click();
    await page.locator("#inspector-info-have").getByText("100%").waitFor();
    await page.locator("#inspector-tab-files").click();
    await page.locator("#inspector_file_list").getByText("two", { exact: true }).waitFor();
    await picture(page, "transmission-files");
    await page.locator("#toolbar-pause").click();
    await until(async () => (await torrent(share, "status")).status === 0);
    await page.locator("#toolbar-start").click();
    await until(async () => (await torrent(share, "status")).status === 6);
    await page.locator("#torrent_list").getByText("album", { exact: true }).click({ button: "right" });
    await page.locator("[data-command=rename]").last().click();
    await page.locator("#torrent_rename_name").fill("disc");
    await page.locator("#rename_confirm_button").click();
    await page.locator("#torrent_list").getByText("disc", { exact: true }).waitFor();
    assert.deepEqual(readdirSync(world.path("disc")), ["one", "two"]);
    await page.locator("#prefs-button").click();
    await page.locator("#prefs-tab-speed").click();
    await page.locator("#speed-limit-down-enabled").check();
    await page.locator("#speed-limit-down").fill("77");
    await page.locator("#speed-limit-down").press("Tab");
    await until(async () => (await ask("session-get")).arguments["speed-limit-down"] === 77);
    await page.locator("#prefs-dialog").press("Escape");
    await page.locator("#torrent_list").getByText("wanted.iso", { exact: true }).click();
    await page.locator("#toolbar-remove").click();
    await page.locator("#dialog_confirm_button").click();
    await until(async () => (await torrent(link, "id")) === undefined);
    await ask("torrent-remove", { ids: [share] });
    assert.deepEqual(page.troubles.filter((one) => !one.includes("409")), []);  // by which it learns the session id
    await page.context().close();
  });

test("Flood lists the torrents of a daemon, shows their files, stops and starts them",
  { skip: !existsSync(FLOOD) && "Flood is not installed (npm install --no-save flood, in tests/web)" }, async () => {
    const [share] = await filled("songs");
    const at = await freePort();
    const flood = spawn(process.execPath, [FLOOD, "--auth", "none", "--rundir", world.path("flood"), "--port", String(at), "--trurl",
      `http://127.0.0.1:${port}/transmission/rpc`, "--truser", "", "--trpass", "", "--allowedpath", world.folder], {
      env: { ...process.env, NODE_ENV: "production", HOME: world.folder }, stdio: "ignore" });
    try {
      await until(() => fetch(`http://127.0.0.1:${at}/`).then((answer) => answer.ok, () => false));
      const page = await open(browser, `http://127.0.0.1:${at}/`);
      const row = page.getByRole("row").filter({ hasText: "songs" }).first();
      await row.waitFor();
      await page.getByText("wanted.iso", { exact: true }).first().waitFor();
      await page.addStyleTag({ content: ".application__loading-overlay { display: none }" });  // its end is a transition
      await row.click();
      await page.getByRole("button", { name: "Stop" }).click();
      await until(async () => (await torrent(share, "status")).status === 0);
      await page.getByRole("button", { name: "Start" }).click();
      await until(async () => (await torrent(share, "status")).status === 6);
      await row.click({ button: "right" });
      await page.getByText("Torrent Details").click();
      await page.getByText("Files", { exact: true }).click();
      await page.locator(".directory-tree").getByText("songs", { exact: true }).click();
      await page.getByText("two", { exact: true }).waitFor();
      await picture(page, "flood-files");
      await page.context().close();
    } finally {
      flood.kill();
    }
  });
