import { Pause, Play, X } from 'lucide-react'
import { Link } from 'wouter'
import { useStore } from 'zustand'
import { faster, player, stop, toggle } from '../lib/player.ts'
import { clock } from '../lib/time.ts'
import { m } from '../lib/messages.ts'

/** What is being played, wherever one has gone meanwhile. */
export function NowPlaying() {
  const { track, playing, atMs, speed } = useStore(player)
  if (!track?.path) return null
  return (
    <div role="region" aria-label={m.now_playing()} className="relative flex h-10 shrink-0 items-center gap-1 border-b bg-primary-soft px-3 text-sm text-primary-soft-foreground">
      <button type="button" aria-label={playing ? m.pause() : m.play()} onClick={() => toggle(track)} className="grid size-9 place-items-center max-md:size-11">{playing ? <Pause className="size-4 fill-current" /> : <Play className="size-4 fill-current" />}</button>
      <Link href={track.path} className="min-w-0 flex-1 truncate font-medium hover:underline"><bdi>{track.title}</bdi></Link>
      <span className="text-xs tabular-nums">{clock(atMs)} / {clock(track.durationMs)}</span>
      <button type="button" aria-label={m.speed_now({ n: speed })} onClick={faster} className="h-9 px-2 text-xs font-semibold tabular-nums max-md:h-11">{speed}×</button>
      <button type="button" aria-label={m.close()} onClick={stop} className="grid size-9 place-items-center max-md:size-11"><X className="size-4" /></button>
      <span aria-hidden className="absolute inset-x-0 bottom-0 h-0.5 origin-left bg-primary rtl:origin-right" style={{ transform: `scaleX(${track.durationMs ? atMs / track.durationMs : 0})` }} />
    </div>
  )
}
