/** The choice of a transport, on demand: only streams that have a fallback have something to choose. */
import { warn } from '../diagnostics.ts'
import type { Environment } from '../environment.ts'
import type { ConnectionOptions } from '../options.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { TransportChoice } from './transport-choice.ts'

/** @param use Gets it. Where the code is gone, that costs the fallback, never the stream. */
export async function loadChoice(
  options: ConnectionOptions,
  environment: Environment,
  gate: DeliveryGate,
  use: (choice: TransportChoice) => void,
): Promise<void> {
  try {
    const { createTransportChoice } = await import('./transport-choice.ts')
    use(createTransportChoice(options, environment, gate))
  } catch (cause) {
    warn(environment, 'fallback-unavailable', `${cause}`)
  }
}
