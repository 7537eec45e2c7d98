/** The harness itself: what tests behind an nginx take for granted. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { startFaultServer } from './fault-server.ts'
import { describeWithNginx, findNginx, startNginx } from './nginx.ts'
import type { AddressInfo } from 'node:net'

describeWithNginx('startNginx', () => {
  it('passes requests on, and is gone after close', async () => {
    const server = await startFaultServer()
    onTestFinished(server.close)
    const nginx = await startNginx({ upstream: server.url, config: 'documented' })
    const response = await fetch(`${nginx.url}/end`)
    expect(response.headers.get('Server')).toMatch(/^nginx/)
    expect(await response.text()).toContain('id: 1\n')
    await nginx.close()
    await expect(fetch(nginx.url)).rejects.toThrow(TypeError)
  })

  it('tells what it complains about', async () => {
    const server = await startFaultServer()
    await server.close()
    const nginx = await startNginx({ upstream: server.url, config: 'buffering' })
    onTestFinished(nginx.close)
    expect((await fetch(nginx.url)).status).toBe(502)
    expect(nginx.errorLog()).toContain('connect() failed')
  })

  it('takes another port where somebody else was faster', async () => {
    const other = createServer()
    await once(other.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void other.close())
    const { port: taken } = other.address() as AddressInfo
    const free = createServer()
    await once(free.listen(0, '127.0.0.1'), 'listening')
    const { port } = free.address() as AddressInfo
    await once(free.close(), 'close')

    const ports = [taken, port]
    const pickPort = async (): Promise<number> => ports.shift()!
    const upstream = 'http://127.0.0.1:1'
    const nginx = await startNginx({ upstream, config: 'buffering', pickPort })
    onTestFinished(nginx.close)
    expect(nginx.url).toBe(`http://127.0.0.1:${port}`)
  })

  it('says what is wrong with a file that nginx does not take', async () => {
    const start = startNginx({
      upstream: 'http://127.0.0.1:1',
      config: 'buffering',
      location: 'nonsense;',
    })
    await expect(start).rejects.toThrow('unknown directive "nonsense"')
  })

  it('finds the program itself', () => {
    expect(findNginx()).toMatch(/nginx$/)
  })
})
