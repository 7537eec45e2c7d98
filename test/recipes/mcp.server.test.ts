/** The recipe for MCP, on a server that behaves as its specification says. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { until } from '../support/client-run.ts'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { createMcpServer, SESSION } from './mcp-server.ts'
import { useTool } from './mcp.ts'
import { useRecipeServer } from './recipe-runs.ts'
import type { TextStreamResult } from 'vue-event-stream'
import type { McpServer } from './mcp-server.ts'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

let mcp: McpServer
const server = useRecipeServer((request, response) => mcp.listener(request, response))

const REQUEST = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'report' } }

beforeEach(() => {
  mcp = createMcpServer()
})

/** The network is real, the time is the test's. */
async function useCall(status = 'open') {
  const shown: number[] = []
  const { environment, advance } = createFakeEnvironment()
  const { after, now } = environment
  const { result: tool } = server.run(
    () =>
      useTool(
        () => SESSION,
        (progress) => shown.push(progress),
      ),
    { environment: { after, now } },
  )
  const result: Promise<TextStreamResult> = tool.send(REQUEST)
  await until(() => mcp.calls.length === 1 && tool.status.value === status)
  /** It is lost, and the next attempt is waited for. */
  const lost = (): Promise<unknown> => until(() => tool.status.value === 'reconnecting')
  return { shown, tool, result, advance, lost, call: mcp.calls[0]! }
}

const methods = (): string[] => server.requests.map(({ method }) => method)

describe('a tool of an MCP server', () => {
  it('tells its progress, and is complete with its answer', async () => {
    const { shown, tool, result, call } = await useCall()
    call.progress(1)
    call.progress(2)
    call.answer('Done.')
    expect(await result).toEqual({ text: 'Done.', isComplete: true, error: null })
    expect(shown).toEqual([1, 2])
    expect([tool.status.value, tool.reason.value]).toEqual(['closed', 'complete'])
    expect(methods()).toEqual(['POST'])
  })

  it.each(['', '  '])('may answer with one JSON object: with the space %j', async (space) => {
    mcp.spaceOfJson = space
    const { tool, result, call } = await useCall('connecting')
    call.answer('Done.')
    expect(await result).toEqual({ text: 'Done.', isComplete: true, error: null })
    expect([tool.status.value, tool.reason.value]).toEqual(['closed', 'complete'])
    expect(methods()).toEqual(['POST'])
    expect(server.requests[0]!.headers.accept).toBe('application/json, text/event-stream')
  })

  it('may answer with one JSON object that tells an error', async () => {
    mcp.spaceOfJson = ''
    const { tool, result, call } = await useCall('connecting')
    call.fail('No such table')
    expect(await result).toMatchObject({ text: '', isComplete: true })
    expect(tool.message.value?.data?.error).toMatchObject({ message: 'No such table' })
  })

  it('is gone on with by GET when it is cut: the tool runs once', async () => {
    const { shown, result, call, advance, lost } = await useCall()
    call.progress(1)
    await until(() => shown.length === 1)
    await server.cut()
    call.progress(2)
    await lost()
    await advance(1000)
    await until(() => shown.length === 2)
    call.answer('Done.')
    expect(await result).toMatchObject({ text: 'Done.', isComplete: true })
    expect(shown).toEqual([1, 2])
    expect(methods()).toEqual(['POST', 'GET'])
    const { headers } = server.requests[1]!
    expect(headers).toMatchObject({ 'last-event-id': '0-2', 'mcp-session-id': '1868a90c' })
    expect(headers['content-type']).toBeUndefined()
    expect(mcp.calls).toHaveLength(1)
  })

  it.each([
    ['empty data', ''],
    ['no data', undefined],
  ] as const)('is gone on with from its first event, which has %s', async (_, data) => {
    mcp.dataOfFirst = data
    const { tool, result, call, advance, lost } = await useCall()
    await until(() => tool.lastEventId.value !== '')
    await server.cut()
    call.answer('Done.')
    await lost()
    await advance(1000)
    expect(await result).toMatchObject({ text: 'Done.', isComplete: true })
    expect(methods()).toEqual(['POST', 'GET'])
  })

  it('may close the connection and be asked again, not before the time it names', async () => {
    const { tool, result, call, advance, lost } = await useCall()
    await until(() => tool.lastEventId.value !== '')
    call.leave(20_000)
    await lost()
    await advance(19_999)
    expect(server.requests).toHaveLength(1)
    await advance(1)
    await until(() => server.requests.length === 2)
    call.answer('Done.')
    expect(await result).toMatchObject({ text: 'Done.', isComplete: true })
  })

  it('ends with an error of the tool', async () => {
    const { tool, result, call } = await useCall()
    call.fail('No such table')
    expect(await result).toMatchObject({ text: '', isComplete: true })
    expect(tool.message.value?.data?.error).toMatchObject({ message: 'No such table' })
  })

  it('has failed when it is cut and gave no id, and is not called twice', async () => {
    mcp.isResumable = false
    const { shown, tool, result, call, advance, lost } = await useCall()
    call.progress(1)
    await until(() => shown.length === 1)
    await server.cut()
    await lost()
    await advance(1000)
    expect(await result).toMatchObject({ isComplete: false, error: { code: 'network' } })
    expect(tool.status.value).toBe('failed')
    expect(methods()).toEqual(['POST'])
  })

  it('goes on without those who have stopped listening', async () => {
    const { tool, result } = await useCall()
    tool.stop()
    expect(await result).toMatchObject({ isComplete: false, error: null })
    await until(() => server.open() === 0)
    expect(tool.reason.value).toBe('user')
  })
})
