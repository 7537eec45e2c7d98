/** What the playground's server and pages say to each other: event types, payloads, request bodies. */
import type { PolledMessage } from 'vue-event-stream/client'

/** The server cannot replay what came after the id that the client sent: messages may be missing. */
export interface Gap {
  lastEventId: string
}

/**
 * `GET …/since` beside each `GET …/stream`: the events that a stream would tell after the same id, at once and as JSON,
 * for clients behind a proxy that holds streams back. At most 1000 of them: the next answer has the rest. `GET …/history` of
 * chat and news is the same for who only wants to know, and is not taken for somebody who is there.
 */
export interface Poll {
  messages: PolledMessage[]
}

/** `GET /api/chat/stream?user=<name>`: being connected, or asking again and again, is being in the room. */
export interface ChatEvents {
  'new-message': { user: string; text: string; time: number }
  'user-joined': { user: string; time: number }
  'user-left': { user: string; time: number }
  /** Who is in the room now; without an id, sent on connect and after every change, and with every answer to a poll. */
  presence: { users: string[] }
  gap: Gap
}

/** `POST /api/chat/messages` answers 201 with `{ id }`. */
export interface ChatMessageRequest {
  user: string
  text: string
}

export const NEWS_CATEGORIES = ['breaking', 'sports', 'weather'] as const
export type NewsCategory = (typeof NEWS_CATEGORIES)[number]

export interface NewsItem {
  headline: string
  summary: string
  time: number
}

/** `GET /api/news/stream`: the category is the event type. */
export interface NewsEvents extends Record<NewsCategory, NewsItem> {
  gap: Gap
}

/** `POST /api/news` answers 201 with `{ id }`. */
export interface NewsRequest {
  category: NewsCategory
  headline: string
  summary?: string
}

export const NOTIFICATION_LEVELS = ['info', 'success', 'warning', 'error'] as const
export type NotificationLevel = (typeof NOTIFICATION_LEVELS)[number]

/** `POST /api/session` with `{ user }` answers 201 with this; `DELETE /api/session` ends it, and its streams. */
export interface SignedIn {
  user: string
  /** For `Authorization: Bearer <token>`. */
  token: string
}

/**
 * `GET /api/notifications/stream`: what is for everybody. Who comes without an id gets the last 20.
 * `GET /api/notifications/mine/stream`: also what is for who has signed in, under the same ids; 401 for anybody else.
 */
export interface NotificationEvents {
  notification: {
    level: NotificationLevel
    title: string
    text: string
    time: number
    /** The only one who may see it; left out: everybody. */
    to?: string
  }
  gap: Gap
}

/** `POST /api/notifications` answers 201 with a receipt. */
export interface NotificationRequest {
  level: NotificationLevel
  title: string
  text?: string
  /** A name; left out or empty: everybody. */
  to?: string
}

export interface NotificationReceipt {
  id: string
  /** How many streams it was told to. Not said of one that is for one person: whether they are there is their own affair. */
  connections?: number
}

/** `GET /api/connections`: how many streams the server holds open for each page, those of all visitors. */
export interface ConnectionCounts {
  chat: number
  news: number
  connections: number
}

/** `GET /api/connections/stream`: the same live, and a beat whose numbers show whether one is missing or came twice. */
export interface ConnectionsEvents {
  beat: { number: number }
  counts: ConnectionCounts
  gap: Gap
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** `GET /api/log/stream`: the last 200 lines of the server's log, then each line as it is written. */
export interface LogEvents {
  /**
   * Its id is the place where the next line begins: `<file>-<byte>`. There are no control characters in the text; of a line that
   * is too long `more` bytes are left out.
   */
  line: { text: string; more?: number }
  /** The log goes on in a new file. Nothing is missing. */
  rotated: { file: string }
  /** Lines may be missing: the id names no place in the log, the file was cut short, or deleted before it was read. */
  gap: Gap & { because: 'unknown-id' | 'truncated' | 'deleted' }
}

/** `GET /api/log/waiting?lastEventId=<id>`: what the log has after this place. 404 where it does not know it. */
export interface LogWaiting {
  lines: number
  bytes: number
}

/** `POST /api/log/lines` answers 204. `POST /api/log/rotations` (no body) as well: the log begins a new file. */
export interface LogLineRequest {
  level: LogLevel
  text: string
  /** How often it is written, 1 to 500. */
  times?: number
}

/** What the firehose tells the prices of: none of them exists. */
export const SYMBOLS = [
  'ALDER',
  'BIRCH',
  'CEDAR',
  'ELDER',
  'HAZEL',
  'LARCH',
  'MAPLE',
  'OLIVE',
  'PLANE',
  'ROWAN',
  'SUMAC',
  'ZELKO',
] as const

/** Prices per second that can be asked for. */
export const FIREHOSE_RATES = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000] as const

/** `GET /api/firehose/stream?rate=<prices per second>`: no ids, since an old price is of no use to anybody. */
export interface FirehoseEvents {
  /** Prices are numbered from 1, also those that are skipped; `symbol` counts from 0, `time` is in epoch milliseconds. */
  price: { number: number; symbol: number; price: number; time: number }
  /** Twice a second: how many were sent, and skipped because the client had not taken the ones before. */
  pace: { rate: number; sent: number; skipped: number }
}

/** `GET /api/firehose/clock`: the server's clock in epoch milliseconds, to tell how old a price is. */
export interface ServerClock {
  time: number
}

/** `POST /api/uploads` (no body) answers 201 with this; `DELETE /api/uploads/<id>` cancels. */
export interface UploadTicket {
  id: string
  /** The most bytes that one upload may have. */
  maxBytes: number
  maxFiles: number
}

export interface UploadedFile {
  name: string
  size: number
  /** Where it can be downloaded, from the server's root; null while it is being received. */
  url: string | null
}

/**
 * `GET /api/uploads/<id>/stream`: the progress of the multipart `POST /api/uploads/<id>/files`, counted in bytes
 * that the server has received. `complete`, `error` and `cancelled` are the last event.
 */
export interface UploadEvents {
  /** `total` is the length of the whole multipart body. */
  progress: { received: number; total: number; files: UploadedFile[] }
  complete: { received: number; files: UploadedFile[] }
  error: { message: string }
  cancelled: { received: number }
  gap: Gap
}

/** What a build does with the files, one step after the other. */
export const BUILD_STEPS = ['list', 'hash', 'compress', 'verify'] as const
export type BuildStep = (typeof BUILD_STEPS)[number]

export interface BuildResult {
  files: number
  /** What they take, as they are and packed both ways. */
  bytes: number
  gzip: number
  brotli: number
  durationMs: number
}

/** `GET /api/builds/<id>/stream`: a build from its start, whenever one comes. `complete` and `failed` are the last event. */
export interface BuildEvents {
  started: { id: string }
  /** How many files of a step are done, and how much of the whole build. */
  progress: { step: BuildStep; message: string; done: number; total: number; percent: number }
  complete: BuildResult
  failed: { step: BuildStep; message: string }
  gap: Gap
}

/** `POST /api/builds` answers 201 with a ticket, and 200 with that of the build that is running already. */
export interface BuildRequest {
  /** Damages a packed file before it is verified: the build fails. */
  damage?: boolean
}

/** `GET /api/builds/latest` answers with it, too; with 204 when there is none. */
export interface BuildTicket {
  id: string
}

export const ASSISTANT_FAULTS = ['none', 'error', 'cut'] as const
/** What goes wrong in the middle of an answer: nothing, the server gives up, or the line is cut. */
export type AssistantFault = (typeof ASSISTANT_FAULTS)[number]

/**
 * The stream with which `POST /api/assistant` answers. After a cut `GET /api/assistant/<id>/stream` goes on with it. `done`
 * and `error` are the last event.
 */
export interface AssistantEvents {
  /** What it is called, and where the text is taken from. */
  answer: { id: string; source: string }
  /** A word, with the space before it: together they are the text, byte for byte. */
  token: { text: string }
  done: { words: number }
  error: { message: string }
  gap: Gap
}

export interface AssistantRequest {
  question: string
  /** 0 for the passage that fits best, 1 for the next one… */
  variant?: number
  fault?: AssistantFault
}

/** The body of every answer that is not a success, as `application/problem+json`. */
export interface Problem {
  title: string
  status: number
  detail?: string
}

export const LIMITS = {
  nameChars: 40,
  textChars: 500,
  headlineChars: 120,
  summaryChars: 400,
  titleChars: 80,
  noteChars: 300,
  questionChars: 500,
  variants: 20,
  /** How many notifications a page keeps, and who comes anew gets. */
  notifications: 20,
  logChars: 400,
  logTimes: 500,
  /** A JSON request body. */
  bodyBytes: 16 * 1024,
} as const
