import * as api from './api.ts'
import { RoomError, type Mode, type Work } from './api.ts'
import { checkValue, newSecret } from './crypto.ts'
import { forgetEnding } from './ending.ts'
import { roomOptions } from './options.ts'
import { keepSecret, roomPath } from './secrets.ts'

/** Makes a room, whose key is made here and stays in the link, and returns where it is. */
export async function makeRoom(wanted: { ttl?: number; mode?: Mode; pass?: string; files?: boolean }): Promise<string> {
  const secret = newSecret()
  const room = { ...wanted, kcv: await checkValue(secret) }
  const work = (await roomOptions()).proofOfWork > 0 ? await worked() : {}
  const { roomId } = await api.create({ ...room, ...work }).catch(async (error: unknown) => {
    // A slow machine may answer too late, and the server may have begun to ask for work, or to sign with another key.
    if (!(error instanceof RoomError) || error.field !== 'challenge') throw error
    return api.create({ ...room, ...(await worked()) })
  })
  keepSecret(roomId, secret)
  forgetEnding()
  return roomPath(roomId)
}

async function worked(): Promise<Work> {
  const { prove } = await import('./work.ts')
  return prove(await api.challenge())
}
