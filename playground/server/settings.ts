/** The server's settings, read from environment variables: a bad value stops the start with a clear sentence. */
import { resolve } from 'node:path'

export interface Settings {
  /** Where the stand-alone server listens; 0 takes a free port. */
  port: number
  host: string
  /** Absolute. Holds the logs of the topics and the uploaded files; one server at a time. */
  dataDir: string
  /** How many events of a topic can be replayed. */
  historyLimit: number
  /** Where the events of the topics are kept for several servers; null: in files of this one. */
  redisUrl: string | null
  heartbeatMs: number
  /** What streams send as `retry:`. */
  reconnectionTimeMs: number
  maxStreams: number
  /** How long a name stays in the chat room after its last connection went. */
  leaveGraceMs: number
  /** How long a client that asks now and then counts as connected after a question: it may try to stream for 15 s. */
  pollLeaseMs: number
  /** 0: only people write news. */
  newsIntervalMs: number
  /** How long between two beats of the page that counts connections. */
  beatMs: number
  /** How long a build rests after each file, so that people can watch it. */
  buildPauseMs: number
  /** How long the assistant takes for a word. */
  wordMs: number
  /** Per 10 seconds, topic and client address. */
  messageLimit: number
  /** How long a sign-in lasts. */
  sessionMs: number
  maxUploadBytes: number
  /** How many firehoses may run at the same time. */
  maxFirehoses: number
}

/** What is wrong with which variable. For people: show the message, not the stack. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

type Environment = Readonly<Record<string, string | undefined>>

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export function readSettings(env: Environment, defaultDataDir: string): Settings {
  return {
    port: wholeNumber(env, 'PORT', 4173, 0, 65_535),
    host: text(env, 'HOST', '127.0.0.1'),
    dataDir: resolve(text(env, 'DATA_DIR', defaultDataDir)),
    historyLimit: wholeNumber(env, 'HISTORY_LIMIT', 1000, 1, 100_000),
    redisUrl: redisAddress(env, 'REDIS_URL'),
    heartbeatMs: wholeNumber(env, 'HEARTBEAT_MS', 15_000, 10, HOUR_MS),
    reconnectionTimeMs: wholeNumber(env, 'RETRY_MS', 1000, 0, HOUR_MS),
    maxStreams: wholeNumber(env, 'MAX_STREAMS', 200, 1, 100_000),
    leaveGraceMs: wholeNumber(env, 'LEAVE_GRACE_MS', 5000, 0, HOUR_MS),
    pollLeaseMs: wholeNumber(env, 'POLL_LEASE_MS', 20_000, 10, HOUR_MS),
    newsIntervalMs: wholeNumber(env, 'NEWS_INTERVAL_MS', 8000, 0, DAY_MS),
    beatMs: wholeNumber(env, 'BEAT_MS', 200, 10, HOUR_MS),
    buildPauseMs: wholeNumber(env, 'BUILD_PAUSE_MS', 40, 0, HOUR_MS),
    wordMs: wholeNumber(env, 'WORD_MS', 40, 1, HOUR_MS),
    messageLimit: wholeNumber(env, 'MESSAGES_PER_10_S', 20, 1, 1_000_000),
    sessionMs: wholeNumber(env, 'SESSION_MS', 12 * HOUR_MS, 10, DAY_MS),
    maxUploadBytes: wholeNumber(env, 'MAX_UPLOAD_BYTES', 200 * 1024 * 1024, 1, 2 ** 40),
    maxFirehoses: wholeNumber(env, 'MAX_FIREHOSES', 4, 1, 100),
  }
}

/** An empty variable counts as absent: that is how shells and compose files leave one out. */
function text(env: Environment, name: string, fallback: string): string {
  return env[name]?.trim() || fallback
}

function redisAddress(env: Environment, name: string): string | null {
  const value = text(env, name, '')
  if (value === '') return null
  if (/^rediss?:\/\/./.test(value) && URL.canParse(value)) return value
  // Not the value: it may hold a password.
  throw new SettingsError(`${name} must be an address as redis://host:6379/0.`)
}

function wholeNumber(
  env: Environment,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const value = text(env, name, String(fallback))
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= min && number <= max) return number
  throw new SettingsError(
    `${name} must be a whole number from ${min} to ${max}, but it is "${value}".`,
  )
}
