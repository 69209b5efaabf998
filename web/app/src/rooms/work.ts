import type { Work } from './api.ts'

/** Works until a challenge is answered, beside the page. */
export function prove(asked: { challenge: string; bits: number }): Promise<Work> {
  const worker = new Worker(new URL('./work.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Work>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<string>) => resolve({ challenge: asked.challenge, nonce: event.data })
    worker.onerror = () => reject(new Error('the work cannot be done'))
    worker.postMessage(asked)
  }).finally(() => worker.terminate())
}
