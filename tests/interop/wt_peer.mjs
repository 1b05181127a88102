// One peer of webtorrent: MODULES TARGET FOLDER OPTIONS. Prints "complete" when it has everything, and stays.
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { existsSync, readFileSync } from 'node:fs'

const [modules, target, folder, options] = process.argv.slice(2)

// Its module for WebRTC is native: without it TCP is what is left.
const without = `export async function resolve(name, context, next) {
  if (name === 'webrtc-polyfill')
    return { url: 'data:text/javascript,export default {};' +
      'export const RTCPeerConnection = undefined, RTCSessionDescription = undefined, RTCIceCandidate = undefined',
      shortCircuit: true }
  return next(name, context)
}`
register('data:text/javascript,' + encodeURIComponent(without))
const { default: WebTorrent } = await import(pathToFileURL(`${modules}/node_modules/webtorrent/index.js`))

const client = new WebTorrent({ utp: false, natUpnp: false, natPmp: false, webSeeds: false, ...JSON.parse(options) })
const fail = (error) => { console.log(`error ${error}`); process.exit(1) }
client.on('error', fail)
const what = existsSync(target) ? readFileSync(target) : target
const torrent = client.add(what, { path: folder })
torrent.on('warning', (warning) => console.log(`warning ${warning}`))
torrent.on('wire', (wire, address) => console.log(`peer ${address ?? 'incoming'}`))
torrent.on('done', () => console.log(`complete ${torrent.infoHash}`))
process.on('SIGTERM', () => client.destroy(() => process.exit(0)))
process.on('SIGINT', () => client.destroy(() => process.exit(0)))
