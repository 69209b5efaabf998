import { useEffect, useState } from 'react'
import { cn } from './cn.ts'

export type PresenceDot = 'online' | 'away' | 'dnd' | 'offline'

const hues = [25, 48, 78, 128, 155, 180, 205, 235, 262, 292, 325, 352]

/** The same hue for the same key everywhere; one lightness keeps the contrast. */
export function hueOf(key: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
  h ^= h >>> 13
  h = Math.imul(h, 0x5bd1e995)
  h ^= h >>> 15
  return hues[(h >>> 0) % hues.length]!
}

function initials(name: string): string {
  const words = name.replace(/\p{Cf}/gu, '').trim().split(/\s+/)
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase()
}

export const dotColour = { online: 'bg-success', away: 'bg-warning', dnd: 'bg-destructive', offline: 'bg-muted-foreground' }

const tried = new Set<() => void>()

/** Loads the pictures again that could not be loaded, because the network is back. */
export function retryPictures(): void {
  for (const again of tried) again()
}

interface AvatarProps {
  name: string
  src?: string | null
  size?: number
  presence?: PresenceDot | undefined
  square?: boolean
  className?: string
}

/** Decoration: the name stands beside it, or in the label of what contains it. */
export function Avatar({ name, src, size = 36, presence, square, className }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null)
  useEffect(() => {
    if (broken === null) return
    const again = () => setBroken(null)
    tried.add(again)
    return () => void tried.delete(again)
  }, [broken])
  const hue = hueOf(name)
  const shape = square ? 'rounded-[28%]' : 'rounded-full'
  return (
    <span
      aria-hidden="true"
      className={cn('relative inline-grid shrink-0 place-items-center font-semibold text-white select-none', shape, className)}
      style={{ width: size, height: size, fontSize: size * 0.38, background: `linear-gradient(145deg, oklch(0.56 0.11 ${hue}), oklch(0.46 0.11 ${(hue + 25) % 360}))` }}
    >
      {src && broken !== src ? (
        <img src={src} alt="" width={size} height={size} className={cn('size-full object-cover', shape)} onError={() => setBroken(src)} />
      ) : (
        initials(name)
      )}
      {presence && (
        <i
          data-presence={presence}
          className={cn('absolute -end-0.5 -bottom-0.5 rounded-full border-2 border-(--av-ring,var(--background))', size < 26 ? 'size-2.5' : 'size-3', dotColour[presence])}
        />
      )}
    </span>
  )
}
