/**
 * What code in the README and in `@example` may use without saying where it comes from. A text, so that these names
 * are known to the examples only.
 */
export const EXAMPLE_GLOBALS = `
/** The app's own things. */
declare const app: import('vue').App
declare const session: { userId: string }
declare const chat: { add(message: { user: string; text: string }): void; clear(): void; reload(): void }
declare function token(): Promise<string>
declare function notice(text: string): void
declare function report(error: unknown): void
declare function save(value: unknown): Promise<void>

/** Streams that were made before. */
interface ExampleEvents {
  'new-message': { user: string; text: string }
  'user-joined': { username: string }
  progress: { percent: number }
}
declare const stream: import('vue-event-stream').UseEventStreamReturn<ExampleEvents>
declare const client: import('vue-event-stream/client').EventStreamClient<ExampleEvents>

/** A server's. */
declare const request: import('node:http').IncomingMessage
declare const response: import('node:http').ServerResponse

declare module '*.vue' {
  const component: import('vue').Component
  export default component
}
`
