import { useMemo } from 'react'
import { encode } from 'uqr'
import { rm } from './messages.ts'

const ink = 'oklch(0.24 0.03 205)'

/** Always dark on white, in both themes: so phones read it. */
export function Qr({ text, size, className }: { text: string; size: number; className?: string }) {
  const { data, size: n } = useMemo(() => encode(text, { ecc: 'L', border: 0 }), [text])
  const isEye = (x: number, y: number) => (x < 7 && y < 7) || (x >= n - 7 && y < 7) || (x < 7 && y >= n - 7)
  const dots = useMemo(() => data.flatMap((row, y) => row.map((on, x) => (on && !isEye(x, y) ? `M${x} ${y}h1v1h-1z` : ''))).join(''), [data])
  return (
    <svg role="img" aria-label={rm.qr_label()} width={size} height={size} viewBox={`-4 -4 ${n + 8} ${n + 8}`} className={`shrink-0 rounded-lg bg-white ${className ?? ''}`}>
      <path fill={ink} shapeRendering="crispEdges" d={dots} />
      {([[0, 0], [n - 7, 0], [0, n - 7]] as const).map(([x, y]) => (
        <g key={`${x}.${y}`} fill="none" stroke={ink}>
          <rect x={x + 0.5} y={y + 0.5} width="6" height="6" rx="1.1" />
          <rect x={x + 2} y={y + 2} width="3" height="3" rx=".6" fill={ink} stroke="none" />
        </g>
      ))}
    </svg>
  )
}
