import type { Message } from '@parley/sdk'
import type { Spot } from '@parley/ui'
import { createContext, useContext } from 'react'

/** What the parts of an open conversation ask of it. */
export interface View {
  flash: number | null
  editing: number | null
  jumpTo(messageId: number): void
  reply(message: Message): void
  edit(message: Message | null): void
  openThread(messageId: number): void
  openHistory(messageId: number): void
  openReceipts(messageId: number): void
  openReactions(messageId: number): void
  openImage(message: Message, attachmentId: number): void
  forward(message: Message): void
  /** Shows files before they are sent, as an answer to a message if one is named. */
  attach(files: File[], parent: number | null): void
  remind(message: Message, spot: Spot): void
  openMenu(message: Message, spot: Spot): void
  /** Asks for any emoji to react with. */
  pickReaction(message: Message, near: HTMLElement): void
}

export const ViewContext = createContext<View | null>(null)

export function useView(): View {
  const view = useContext(ViewContext)
  if (!view) throw new Error('no conversation is open')
  return view
}
