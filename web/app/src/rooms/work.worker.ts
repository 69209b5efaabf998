import { sha256, zeros } from './sha256.ts'

/** Finds the number whose hash behind the challenge begins with as many zero bits as are asked for. */
self.onmessage = (event: MessageEvent<{ challenge: string; bits: number }>) => {
  const { challenge, bits } = event.data
  let n = 0
  while (zeros(sha256(`${challenge}.${n}`)) < bits) n++
  self.postMessage(String(n))
}
