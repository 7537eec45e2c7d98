/** Who this visitor is, in all tabs and over a reload. (An app of your own would rather have a cookie that no script can read.) */
import { StorageSerializers, useLocalStorage } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import { postJson, request } from './request-json.ts'
import type { SignedIn } from '../shared/contract.ts'

const TIMEOUT_MS = 15_000

export function useSession() {
  const signedIn = useLocalStorage<SignedIn | null>('playground:session', null, {
    serializer: StorageSerializers.object,
    shallow: true,
  })
  /** Whether the server has ended it. */
  const hasEnded = shallowRef(false)

  /** Asked for before every attempt, so that it is always the token of now. */
  function headers(): HeadersInit | undefined {
    const token = signedIn.value?.token
    return token === undefined ? undefined : { Authorization: `Bearer ${token}` }
  }

  function forget(): void {
    if (signedIn.value) hasEnded.value = true
    signedIn.value = null
  }

  return {
    user: computed(() => signedIn.value?.user ?? null),
    ...{ hasEnded, headers, forget },

    /** Rejects with the server's words. */
    async signIn(user: string): Promise<void> {
      signedIn.value = await postJson<SignedIn>('/api/session', { user })
      hasEnded.value = false
    },

    /** Here at once, and on the server when it can be reached. */
    async signOut(): Promise<void> {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const ended = request('/api/session', { method: 'DELETE', headers: headers(), signal })
      signedIn.value = null
      await ended.catch(() => {})
    },
  }
}

export type VisitorSession = ReturnType<typeof useSession>
