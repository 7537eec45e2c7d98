/** The page server as a process of its own, so that tests can stop it. `PAGE_SCRIPTS` names a file with the scripts. */
import { readFileSync } from 'node:fs'
import { startPageServer } from './page-server.ts'

const server = await startPageServer(JSON.parse(readFileSync(process.env.PAGE_SCRIPTS!, 'utf8')))
/** Whoever asks gets what there is to know. */
process.on('message', () => {
  process.send!({ url: server.url, connections: server.connections(), ids: server.ids('news') })
})
process.on('disconnect', () => process.exit())
process.send!({ url: server.url, connections: [], ids: [] })
