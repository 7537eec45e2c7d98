/**
 * The recipe for Spring MVC, on Debian's Spring Framework and Jetty: old ones, and `SseEmitter` is the same.
 * @see https://docs.spring.io/spring-framework/reference/web/webmvc/mvc-ann-async.html#mvc-ann-async-sse
 */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import { describeNewsProcess } from './server-process.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

const JARS = '/usr/share/java'
const NEEDED =
  /^(?:spring3-(?:aop|beans|context|core|expression|web|web\.servlet)|commons-logging|jackson-(?:annotations|core|databind)|jetty9-(?:http|io|security|server|servlet|util|util-ajax)|servlet-api)\.jar$/
const isThere =
  spawnSync('javac', ['-version']).status === 0 &&
  ['spring3-web.servlet', 'jetty9-servlet', 'jackson-databind'].every((jar) =>
    existsSync(`${JARS}/${jar}.jar`),
  )
const PACKAGES =
  'default-jdk-headless libspring-web-servlet-java libjetty9-java libjackson2-databind-java'

describeNewsProcess('Spring MVC', {
  missing: isThere ? undefined : `Spring (Debian: ${PACKAGES})`,
  async prepare(folder) {
    const jars = readdirSync(JARS).filter((name) => NEEDED.test(name))
    const path = [folder, ...jars.map((name) => `${JARS}/${name}`)].join(':')
    const sources = ['NewsController', 'NewsServer'].map(
      (name) => `${import.meta.dirname}/spring/${name}.java`,
    )
    await promisify(execFile)('javac', ['-cp', path, '-d', folder, ...sources])
    return { command: 'java', args: ['-cp', path, `-Djava.io.tmpdir=${folder}`, 'NewsServer'] }
  },
})
