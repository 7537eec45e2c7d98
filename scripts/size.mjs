// What the built package costs its users; fails over a limit. A kB is 1000 bytes.
// --modules: also what useEventStream is made of. --save: all of it into bench/results/size.json.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle, neededBy, sizeOf } from './bundle-size.mjs'
import { moduleSizes } from './module-sizes.mjs'

const { values: args } = parseArgs({
  options: { modules: { type: 'boolean' }, save: { type: 'boolean' } },
})
const ROOT = fileURLToPath(new URL('../', import.meta.url))
const VUE = `${ROOT}dist/index.js`
const CLIENT = `${ROOT}dist/client/index.js`
const PROTOCOL = `${ROOT}dist/protocol/index.js`
const STREAM = ['useEventStream', VUE]
const STATE = ['useEventStreamState', VUE]

/** Name, limit in bytes, what is imported. Limits are 1 to 2 % over what is needed: raise one only with a reason. */
const WHOLE = [
  ['parser', 1410, ['createEventStreamParser', PROTOCOL]],
  ['everything in "./protocol"', 2470, ['*', PROTOCOL]],
  ['client', 13_700, ['createEventStreamClient', CLIENT]],
  ['useEventStream', 14_900, STREAM],
  ['everything in "."', 17_800, ['*', VUE]],
]
/** What comes on top of `useEventStream`. */
const ADDED = [
  ['useMessageQueue', 90, ['useMessageQueue', VUE]],
  ['useEventStreamState', 615, STATE],
  ['useEventStreamsStatus', 295, ['useEventStreamsStatus', VUE]],
  ['createEventStreams (plugin)', 150, ['createEventStreams', VUE]],
  ['eventSourceTransport()', 530, ['eventSourceTransport', CLIENT]],
  ['pollingTransport()', 1075, ['pollingTransport', CLIENT]],
  ['ndjson()', 820, ['ndjson', CLIENT]],
  ['useTextStream', 785, ['useTextStream', VUE]],
]
/** What `useEventStream` loads when it is asked for, by the names of chunks: each after those before it. */
const ON_DEMAND = [
  ['fallback', 760, 'transport-choice'],
  ['resume.storage', 665, 'cursor-store'],
  ['resume.request', 445, 'resume-request'],
  ['renew', 1860, 'renewal'],
  ['schema, failWhen, caughtUp, onBatch', 1330, 'message-stages'],
  ['NDJSON by content type', 1015, 'read-on-demand'],
  ['for await', 335, 'message-iterator'],
  ["share: 'app'", 4740, 'shared-streams'],
  ["share: 'tabs', on top of it", 7360, 'tab-connection'],
]

/** What was wished for. */
const GOALS = [
  ['parser', 1400],
  ['useEventStream', 9000],
]

const rows = []
const stream = await bundle([STREAM])
const first = neededBy(stream, ({ isEntry }) => isEntry)
const firstSize = await sizeOf(stream, first)

for (const [name, limit, imported] of WHOLE) judge(name, await appSize(imported), limit)

console.log('added to useEventStream')
for (const [name, limit, imported] of ADDED) {
  judge(`+ ${name}`, (await appSize(STREAM, imported)) - firstSize, limit)
}

console.log('loaded on demand')
const there = new Set(first)
for (const [name, limit, file] of ON_DEMAND) {
  const loaded = loadedFor(stream, file, there)
  judge(name, await sizeOf(stream, loaded), limit)
  for (const chunk of loaded) there.add(chunk)
}
const states = await bundle([STREAM, STATE])
const firstWithState = neededBy(states, ({ isEntry }) => isEntry)
const loader = loadedFor(states, 'reduced-state', firstWithState)
judge('load of useEventStreamState', await sizeOf(states, loader), 1620)

if (args.modules || args.save) {
  const { folders, files } = await moduleSizes(STREAM[0])
  console.log('what useEventStream is made of: minified characters, bytes less without them')
  for (const [name, characters, bytes] of folders) print(name, characters, bytes)
  console.log()
  for (const [name, characters, bytes] of files) print(name, characters, bytes)
  if (args.save) save(folders, files)
}

function loadedFor(chunks, file, before) {
  const needed = neededBy(chunks, ({ fileName }) => fileName.includes(file))
  return [...needed].filter((chunk) => !before.has(chunk))
}

async function appSize(...imports) {
  const chunks = await bundle(imports)
  return sizeOf(
    chunks,
    neededBy(chunks, ({ isEntry }) => isEntry),
  )
}

function judge(name, size, limit) {
  // Nothing at all: what is measured has got another name.
  const isOver = size > limit || size <= 0
  if (isOver) process.exitCode = 1
  rows.push([name, size, limit])
  print(name, size, `of ${limit}`, isOver ? 'OVER' : '')
}

function print(name, ...columns) {
  console.log(`  ${name.padEnd(40)}${columns.map((text) => `${text}`.padStart(8)).join(' ')}`)
}

/** As `SavedResult` of bench/support/results.ts. */
function save(folders, files) {
  const day = new Date().toISOString().slice(0, 10)
  const result = {
    measuredOn: `${day}, Node ${process.versions.node}, ${cpus().length} cores`,
    name: 'size',
    title: 'Size',
    command: 'npm run bench:size',
    tables: [
      {
        title: 'What an app downloads',
        note: 'Bytes, minified by terser and compressed with `gzip -9`; vue and @vueuse/core apart. `+`: on top of `useEventStream`.',
        columns: ['what', 'bytes', 'limit'],
        rows,
      },
      {
        title: 'What `useEventStream` is made of',
        note: 'Bytes: how much smaller the compressed whole is without them. What two folders have in common, neither pays for.',
        columns: ['folder', 'minified characters', 'bytes'],
        rows: folders,
      },
      {
        title: 'The same by file',
        columns: ['file', 'minified characters', 'bytes'],
        rows: files,
      },
    ],
    targets: GOALS.map(([what, atMost]) => {
      const [, measured] = rows.find(([name]) => name === what)
      return { what, atMost, measured }
    }),
  }
  const folder = `${ROOT}bench/results`
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/size.json`, `${JSON.stringify(result, null, 2)}\n`)
}
