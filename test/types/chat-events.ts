/** An event map as users write one: an interface, which has no index signature. */
export interface ChatEvents {
  'new-message': { user: string; text: string }
  'user-joined': { username: string }
  count: number
}
