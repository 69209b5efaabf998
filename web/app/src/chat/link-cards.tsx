import type { Message } from '@parley/sdk'
import { useLive } from '../lib/use.ts'

/** What the pages behind a message's links say of themselves, as the server fetched it. */
export function LinkCards({ message }: { message: Message }) {
  const on = useLive((s) => s.me.settings.linkPreviews)
  if (!on || !message.linkPreviews?.length || message.isDeleted) return null
  return message.linkPreviews.map((p) => (
    <a key={p.url} href={p.url} target="_blank" rel="noopener noreferrer nofollow" className="my-1 flex w-96 max-w-full gap-3 overflow-hidden rounded-lg border-s-3 border-primary bg-background/60 p-2.5 text-foreground hover:bg-background">
      <span className="min-w-0 flex-1">
        <span className="block truncate text-2xs text-muted-foreground"><bdi>{p.siteName}</bdi></span>
        <b className="line-clamp-2 text-sm font-semibold"><bdi>{p.title}</bdi></b>
        {p.description && <span className="line-clamp-2 text-xs text-muted-foreground"><bdi>{p.description}</bdi></span>}
      </span>
      {p.imageUrl && <img src={p.imageUrl} alt="" loading="lazy" width={72} height={72} className="size-18 shrink-0 rounded-md object-cover" />}
    </a>
  ))
}
