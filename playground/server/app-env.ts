/** What every route of the app can use besides the request: Node's own request and response. */
import type { HttpBindings } from '@hono/node-server'

export interface AppEnv {
  Bindings: HttpBindings
}
