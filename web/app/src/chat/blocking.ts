import { m } from '../lib/messages.ts'
import type { Engine } from '../store/engine.ts'
import { ask } from './confirm.ts'

/** Blocks somebody, or lifts the block; asks first what cuts somebody off. */
export async function setBlocked(engine: Engine, { userId, name }: { userId: number; name: string }, on: boolean): Promise<void> {
  if (on && !(await ask({ title: m.confirm_block({ name }), text: m.confirm_block_text(), action: m.block(), grave: true }))) return
  await engine.personal.block(userId, on)
}
