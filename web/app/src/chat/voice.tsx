import { cn } from '@parley/ui'
import { Pause, Play } from 'lucide-react'
import { useRef, type KeyboardEvent, type PointerEvent } from 'react'
import { useStore } from 'zustand'
import { faster, player, seek, toggle, type Track } from '../lib/player.ts'
import { clock } from '../lib/time.ts'
import { m } from '../lib/messages.ts'

const step = 5_000

/** A sound with its shape, to be played where it stands. */
export default function Voice({ track, peaks, own }: { track: Track; peaks: readonly number[] | null; own?: boolean }) {
  const mine = useStore(player, (s) => s.track?.id === track.id)
  const playing = useStore(player, (s) => s.track?.id === track.id && s.playing)
  const failed = useStore(player, (s) => s.track?.id === track.id && s.failed)
  const atMs = useStore(player, (s) => (s.track?.id === track.id ? s.atMs : 0))
  const speed = useStore(player, (s) => s.speed)
  return (
    <div className="my-1 flex h-12 w-72 max-w-full items-center gap-2">
      <button
        type="button" aria-label={playing ? m.pause_sound({ title: track.title }) : m.play_sound({ title: track.title })} onClick={() => toggle(track)}
        className={cn('grid size-11 shrink-0 place-items-center rounded-full', own ? 'bg-primary-foreground text-primary' : 'bg-primary text-primary-foreground')}
      >
        {playing ? <Pause className="size-5 fill-current" /> : <Play className="size-5 translate-x-px fill-current" />}
      </button>
      <div className="min-w-0 flex-1">
        <Bars track={track} peaks={peaks} atMs={atMs} />
        <p className="flex text-2xs tabular-nums opacity-85" role={failed ? 'alert' : undefined}>{failed ? m.cannot_play() : <bdi dir="ltr">{mine ? `${clock(atMs)} / ${clock(track.durationMs)}` : clock(track.durationMs)}</bdi>}</p>
      </div>
      <button type="button" aria-label={m.speed_now({ n: speed })} onClick={faster} className={cn('h-7 shrink-0 rounded-full border border-current/30 px-2 text-2xs font-semibold tabular-nums max-md:h-11', !mine && 'invisible')}>{speed}×</button>
    </div>
  )
}

/** The shape of a sound, and where it is being played; a slider. */
function Bars({ track, peaks, atMs }: { track: Track; peaks: readonly number[] | null; atMs: number }) {
  const box = useRef<HTMLDivElement>(null)
  const { durationMs } = track
  const heights = peaks && peaks.length > 0 ? peaks : Array.from({ length: 48 }, () => 20)
  const go = (event: PointerEvent) => {
    const { left, width } = box.current!.getBoundingClientRect()
    const part = (event.clientX - left) / width
    seek(track, (document.dir === 'rtl' ? 1 - part : part) * durationMs)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const on = document.dir === 'rtl' ? -step : step
    const to = { ArrowRight: atMs + on, ArrowUp: atMs + step, ArrowLeft: atMs - on, ArrowDown: atMs - step, Home: 0, End: durationMs }[event.key]
    if (to === undefined) return
    event.preventDefault()
    event.stopPropagation()
    seek(track, to)
  }
  const done = durationMs > 0 ? atMs / durationMs : 0
  return (
    <div
      ref={box} role="slider" tabIndex={0} aria-label={m.position_in({ title: track.title })} aria-valuemin={0} aria-valuemax={Math.round(durationMs / 1_000)} aria-valuenow={Math.round(atMs / 1_000)} aria-valuetext={m.at_of({ at: clock(atMs), of: clock(durationMs) })}
      className="flex h-7 cursor-pointer touch-none items-center gap-px rounded"
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); go(event) }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && go(event)}
      onKeyDown={onKeyDown}
    >
      {heights.map((peak, i) => <span key={i} className={cn('min-w-px flex-1 rounded-full bg-current', (i + 0.5) / heights.length > done && 'opacity-35')} style={{ height: `${Math.max(12, peak)}%` }} />)}
    </div>
  )
}
