// Which sources the bytes of an export come from: an analysis, without limits.
import { SourceMap } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, gzipSize, minifyChunk } from './bundle-size.mjs'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** What is loaded on demand stays outside, with all that nothing else needs. */
const leaveOnDemand = {
  name: 'leave-on-demand',
  resolveDynamicImport: (id) => ({ id, external: true }),
}

/**
 * Of each folder and each file: its minified characters, and how many bytes the compressed whole gets smaller when
 * they are cut out. These do not add up to the whole: what two of them have in common, neither pays for.
 */
export async function moduleSizes(imported) {
  const chunks = await bundle([[imported, `${SRC}index.ts`]], [leaveOnDemand])
  const { code, map } = await minifyChunk([...chunks.values()][0])
  const files = filesOf(code, map)
  return { folders: sharesOf(code, files.map(folderOf)), files: sharesOf(code, files) }
}

const folderOf = (file) => (file.includes('/') ? `${dirname(file)}/` : file)

function sharesOf(code, owners) {
  const whole = gzipSize(code)
  const shares = [...new Set(owners)].map((owner) => {
    const rest = [...code].filter((_, index) => owners[index] !== owner).join('')
    return [owner, code.length - rest.length, whole - gzipSize(rest)]
  })
  // oxlint-disable-next-line unicorn/no-array-sort -- nobody else has it
  return shares.sort((one, other) => other[2] - one[2])
}

/** The file that each character comes from, in src. */
function filesOf(code, map) {
  const sources = new SourceMap(map)
  return code.split('\n').flatMap((line, row) =>
    Array.from(`${line}\n`, (_, column) => {
      const { originalSource = '' } = sources.findEntry(row, column)
      return /\/src\/(.*)/.exec(originalSource)?.[1] ?? 'imports'
    }),
  )
}
