import { createStore } from 'zustand/vanilla'

const lookEvery = 60 * 60_000

/** Whether a newer version of the app waits to be shown. */
export const renewal = createStore<{ waiting: ServiceWorker | null }>(() => ({ waiting: null }))

/** Lets the app open without a network, and looks for newer versions of it. */
export async function register(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const registration = await navigator.serviceWorker.register('/sw.js')
  const offer = () => {
    // The first version has nothing to take the place of.
    if (registration.waiting && navigator.serviceWorker.controller) renewal.setState({ waiting: registration.waiting })
  }
  offer()
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', offer))
  setInterval(() => void registration.update().catch(() => undefined), lookEvery)
}

/** Shows the newer version; only ever because somebody has asked for it. */
export function renew(): void {
  const { waiting } = renewal.getState()
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting?.postMessage({ kind: 'renew' })
}
