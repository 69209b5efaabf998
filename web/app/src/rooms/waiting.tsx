import { Button } from '@parley/ui'
import { Copy, DoorOpen, Share2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { Dots } from './log.tsx'
import { rm } from './messages.ts'
import { Qr } from './qr.tsx'
import type { Talk } from './talk.ts'

export function CopyLink({ link, className, small }: { link: string; className?: string; small?: boolean }) {
  const [told, tell] = useState('')
  const copy = () => {
    // Without HTTPS there is no clipboard.
    void Promise.resolve(navigator.clipboard?.writeText(link) ?? Promise.reject(new Error('no clipboard'))).then(() => tell(rm.copied()), () => tell(rm.copy_failed()))
    setTimeout(() => tell(''), 3_000)
  }
  return (
    <Button {...(small ? { size: 'sm', variant: 'outline' } as const : {})} className={className} onClick={copy}>
      <Copy className={small ? 'text-primary' : ''} /><span aria-live="polite">{told || rm.copy_link()}</span>
    </Button>
  )
}

/** Alone: the link, in every way that it can be handed on; for a guest who came first, that nothing is to do. */
export function Waiting({ talk }: { talk: Talk }) {
  const info = useStore(talk.store, (s) => s.info)
  const about = useStore(talk.store, (s) => s.about)
  // Until it is told who made the room: a guest was let in by a click, its maker was not.
  const host = about ? about.creator : info?.mine
  return (
    <div className="min-h-0 flex-1 overflow-y-auto scroll-thin">
      <div className="flex min-h-full flex-col items-center justify-center px-5 py-4 text-center">
        {host ? <HandOn talk={talk} /> : <First />}
        <p role="status" className="mt-4 flex items-center gap-2 text-[13px] text-muted-foreground"><Dots />{rm.waiting()}</p>
      </div>
    </div>
  )
}

function First() {
  return (
    <>
      <span className="grid size-16 place-items-center rounded-2xl bg-primary-soft text-primary-soft-foreground"><DoorOpen className="size-7" /></span>
      <h2 className="mt-4 text-xl font-bold tracking-tight">{rm.first_title()}</h2>
      <p className="mt-1.5 max-w-[34ch] text-[14.5px] leading-[21px] text-muted-foreground">{rm.first_text()}</p>
    </>
  )
}

function HandOn({ talk }: { talk: Talk }) {
  useStore(talk.store, (s) => s.peer) // the link changes with who was shown out
  const { link } = talk
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // Who has shown somebody out stood on a button that is gone.
    if (document.activeElement === document.body) title.current?.focus()
  }, [])
  const share = () => void navigator.share({ url: link }).catch(() => undefined) // taken back, mostly
  return (
    <>
      <Qr text={link} size={196} className="h-[min(196px,28dvh)] w-auto border" />
      <h2 ref={title} tabIndex={-1} className="mt-4 text-xl font-bold tracking-tight outline-none">{rm.send_link_title()}</h2>
      <p className="mt-1.5 max-w-[34ch] text-[14.5px] leading-[21px] text-muted-foreground">{talk.keyed ? rm.key_notice() : rm.keyless()}</p>
      <div className="mt-5 w-full max-w-[340px] space-y-2.5">
        <CopyLink link={link} className="h-12 w-full rounded-xl text-[15px] font-semibold" />
        {'share' in navigator && <Button variant="outline" className="h-12 w-full rounded-xl text-[15px]" onClick={share}><Share2 />{rm.share()}</Button>}
      </div>
    </>
  )
}
