import { isAbsolute } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SettingsError, readSettings } from '../../../playground/server/settings.ts'

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect(readSettings({}, '/data')).toEqual({
      port: 4173,
      host: '127.0.0.1',
      dataDir: '/data',
      historyLimit: 1000,
      redisUrl: null,
      heartbeatMs: 15_000,
      reconnectionTimeMs: 1000,
      maxStreams: 200,
      leaveGraceMs: 5000,
      pollLeaseMs: 20_000,
      newsIntervalMs: 8000,
      beatMs: 200,
      buildPauseMs: 40,
      wordMs: 40,
      messageLimit: 20,
      sessionMs: 12 * 3_600_000,
      maxUploadBytes: 200 * 1024 * 1024,
      maxFirehoses: 4,
    })
  })

  it('takes what is set, and nothing for an empty variable', () => {
    const env = { PORT: '0', HOST: '', NEWS_INTERVAL_MS: ' 0 ', DATA_DIR: 'here' }
    const settings = readSettings(env, '/data')
    expect(settings).toMatchObject({ port: 0, host: '127.0.0.1', newsIntervalMs: 0 })
    expect(isAbsolute(settings.dataDir)).toBe(true)
  })

  it.each(['redis://127.0.0.1:6379', 'rediss://:secret@redis.example/3'])(
    'takes the address %s of a Redis',
    (redisUrl) =>
      expect(readSettings({ REDIS_URL: redisUrl }, '/data')).toMatchObject({ redisUrl }),
  )

  it.each(['127.0.0.1:6379', 'http://:secret@redis', 'redis://:secret@:x'])(
    'refuses %s as the address of a Redis, and does not repeat it',
    (value) => {
      const reading = (): unknown => readSettings({ REDIS_URL: value }, '/data')
      expect(reading).toThrow(SettingsError)
      expect(reading).not.toThrow(value)
    },
  )

  it.each([
    ['PORT', '65536'],
    ['PORT', 'http'],
    ['HEARTBEAT_MS', '0'],
    ['MAX_STREAMS', '-1'],
    ['LEAVE_GRACE_MS', '1.5'],
    ['NEWS_INTERVAL_MS', '1e3'],
    ['MAX_UPLOAD_BYTES', '200MB'],
  ])('names %s=%s as what is wrong', (name, value) => {
    const reading = (): unknown => readSettings({ [name]: value }, '/data')
    expect(reading).toThrow(SettingsError)
    expect(reading).toThrow(`${name} must be a whole number from`)
    expect(reading).toThrow(`"${value}"`)
  })
})
