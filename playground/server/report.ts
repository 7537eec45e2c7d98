/** Where the server says what went wrong without stopping it. */
export type Report = (text: string) => void

export const reportOnConsole: Report = (text) => console.warn(`[playground] ${text}`)

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
