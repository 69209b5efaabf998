import { Button, cn, Sheet } from '@parley/ui'
import { Crop, FlipHorizontal2, Paintbrush, RotateCw, SunMedium, Undo2 } from 'lucide-react'
import { useEffect, useRef, useState, type KeyboardEvent as Key, type PointerEvent, type ReactNode } from 'react'
import { filterOf, moved, render, stroke, type Edit, type Point, type Region } from '../lib/edits.ts'
import { m } from '../lib/messages.ts'

const previewEdge = 1_200
const colours = ['#e4573d', '#f5c542', '#2bb673', '#2f80ed', '#ffffff', '#111111']
const whole: Region = { x: 0, y: 0, width: 1, height: 1 }
const asItIs = { brightness: 1, contrast: 1 }
type Tool = 'draw' | 'crop' | 'light' | null

/** Changes a picture before it is sent. */
export default function ImageEditor({ file, onDone, onClose }: { file: File; onDone(file: File): void; onClose(): void }) {
  const [source, setSource] = useState<ImageBitmap | null>(null)
  const [edits, setEdits] = useState<readonly Edit[]>([])
  const [tool, setTool] = useState<Tool>(null)
  const [region, setRegion] = useState(whole)
  const [light, setLight] = useState(asItIs)
  const [colour, setColour] = useState(colours[0]!)
  const [problem, setProblem] = useState('')
  const canvas = useRef<HTMLCanvasElement>(null)

  useEffect(() => {
    let made: ImageBitmap | undefined
    let gone = false
    createImageBitmap(file, { imageOrientation: 'from-image' }).then((bitmap) => {
      made = bitmap
      if (gone) bitmap.close()
      else setSource(bitmap)
    }, () => setProblem(m.unreadable_picture()))
    return () => {
      gone = true
      made?.close()
    }
  }, [file])
  useEffect(() => {
    if (!source || !canvas.current) return
    const drawn = render(source, edits, previewEdge)
    canvas.current.width = drawn.width
    canvas.current.height = drawn.height
    canvas.current.getContext('2d')!.drawImage(drawn, 0, 0)
  }, [source, edits])

  const add = (edit: Edit) => setEdits((was) => [...was, edit])
  const choose = (next: Tool) => {
    if (light.brightness !== 1 || light.contrast !== 1) add({ kind: 'light', ...light })
    setLight(asItIs)
    setRegion(whole)
    setTool(next === tool ? null : next)
  }
  const undo = () => setEdits((was) => was.slice(0, -1))
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.key !== 'z') return
      event.preventDefault()
      undo()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  const done = async () => {
    const all = light.brightness !== 1 || light.contrast !== 1 ? [...edits, { kind: 'light' as const, ...light }] : edits
    if (all.length === 0) return onClose()
    const type = file.type === 'image/png' ? 'image/png' : 'image/webp'
    const blob = await new Promise<Blob | null>((resolve) => render(source!, all).toBlob(resolve, type, 0.92))
    if (!blob) return setProblem(m.unreadable_picture())
    onDone(new File([blob], file.name.replace(/\.\w+$/, '') + (type === 'image/png' ? '.png' : '.webp'), { type, lastModified: Date.now() }))
  }
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={m.edit_picture()} className="max-w-3xl">
      <div className="flex min-h-0 flex-col gap-3 px-5 pb-5">
        {problem && <p role="alert" className="text-sm text-danger-strong">{problem}</p>}
        <div className="grid min-h-40 place-items-center overflow-hidden rounded-lg bg-muted">
          <div className="relative w-fit">
            <canvas ref={canvas} aria-label={file.name} role="img" className="block max-h-[52dvh] max-w-full" style={{ filter: tool === 'light' ? filterOf(light) : undefined }} />
            {tool === 'draw' && <Drawing canvas={canvas} colour={colour} onStroke={(points) => add({ kind: 'stroke', colour, width: 0.012, points })} />}
            {tool === 'crop' && <Cropping region={region} onChange={setRegion} />}
          </div>
        </div>
        {tool === 'draw' && (
          <div role="radiogroup" aria-label={m.colour()} className="flex justify-center gap-1">
            {colours.map((c) => (
              <button key={c} type="button" role="radio" aria-checked={c === colour} aria-label={c} onClick={() => setColour(c)} className={cn('grid size-11 place-items-center rounded-full', c === colour && 'ring-2 ring-ring')}><span className="size-6 rounded-full border" style={{ background: c }} /></button>
            ))}
          </div>
        )}
        {tool === 'light' && (['brightness', 'contrast'] as const).map((what) => (
          <label key={what} className="flex items-center gap-3 text-sm">
            <span className="w-28">{what === 'brightness' ? m.brightness() : m.contrast_of_picture()}</span>
            <input type="range" min={0.5} max={1.5} step={0.02} value={light[what]} onChange={(e) => setLight({ ...light, [what]: Number(e.target.value) })} className="h-11 flex-1 accent-primary" />
          </label>
        ))}
        {tool === 'crop' && <Button variant="outline" disabled={region === whole} onClick={() => { add({ kind: 'crop', region }); setRegion(whole); setTool(null) }}>{m.crop_now()}</Button>}
        <div role="toolbar" aria-label={m.tools()} className="flex flex-wrap items-center gap-1">
          <ToolButton label={m.crop()} pressed={tool === 'crop'} onClick={() => choose('crop')}><Crop /></ToolButton>
          <ToolButton label={m.rotate()} onClick={() => { choose(null); add({ kind: 'turn' }) }}><RotateCw /></ToolButton>
          <ToolButton label={m.mirror()} onClick={() => { choose(null); add({ kind: 'mirror' }) }}><FlipHorizontal2 /></ToolButton>
          <ToolButton label={m.light_of_picture()} pressed={tool === 'light'} onClick={() => choose('light')}><SunMedium /></ToolButton>
          <ToolButton label={m.draw()} pressed={tool === 'draw'} onClick={() => choose('draw')}><Paintbrush /></ToolButton>
          <ToolButton label={m.undo()} disabled={edits.length === 0} onClick={undo}><Undo2 className="rtl:-scale-x-100" /></ToolButton>
          <Button className="ms-auto" disabled={!source} onClick={() => void done()}>{m.done()}</Button>
        </div>
      </div>
    </Sheet>
  )
}

function ToolButton({ label, pressed, disabled, onClick, children }: { label: string; pressed?: boolean; disabled?: boolean; onClick(): void; children: ReactNode }) {
  return <Button variant="ghost" size="icon" className={cn('size-11', pressed && 'bg-muted')} aria-label={label} data-tip={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>{children}</Button>
}

/** Takes a finger's or a pointer's line over the picture. */
function Drawing({ canvas, colour, onStroke }: { canvas: React.RefObject<HTMLCanvasElement | null>; colour: string; onStroke(points: Point[]): void }) {
  const points = useRef<Point[]>([])
  const add = (event: PointerEvent<HTMLDivElement>) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect()
    points.current.push({ x: (event.clientX - left) / width, y: (event.clientY - top) / height })
    const drawn = canvas.current!
    stroke(drawn.getContext('2d')!, drawn.width, drawn.height, { colour, width: 0.012, points: points.current.slice(-2) })
  }
  return (
    <div
      data-drawing className="absolute inset-0 cursor-crosshair touch-none"
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); points.current = []; add(event) }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && add(event)}
      onPointerUp={() => { if (points.current.length > 0) onStroke(points.current); points.current = [] }}
    />
  )
}

const handles: Record<string, string> = {
  nw: 'left-0 top-0', n: 'left-1/2 top-0', ne: 'left-full top-0', e: 'left-full top-1/2', se: 'left-full top-full', s: 'left-1/2 top-full', sw: 'left-0 top-full', w: 'left-0 top-1/2',
}

/** The part of the picture that stays: moved and drawn larger by pointer, finger or arrow keys. */
function Cropping({ region, onChange }: { region: Region; onChange(region: Region): void }) {
  const box = useRef<HTMLDivElement>(null)
  const last = useRef<Point>({ x: 0, y: 0 })
  const held = (what: string) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      event.stopPropagation()
      event.currentTarget.setPointerCapture(event.pointerId)
      last.current = { x: event.clientX, y: event.clientY }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
      const { width, height } = box.current!.getBoundingClientRect()
      onChange(moved(region, what, (event.clientX - last.current.x) / width, (event.clientY - last.current.y) / height))
      last.current = { x: event.clientX, y: event.clientY }
    },
    onKeyDown: (event: Key) => {
      const by = event.shiftKey ? 0.1 : 0.02
      const [dx, dy] = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key] ?? [0, 0]
      if (dx === 0 && dy === 0) return
      event.preventDefault()
      event.stopPropagation()
      onChange(moved(region, what, dx!, dy!))
    },
  })
  const percent = (part: number) => `${part * 100}%`
  return (
    <div ref={box} className="absolute inset-0 overflow-hidden">
      <div
        tabIndex={0} role="group" aria-label={m.part_that_stays()} {...held('all')}
        className="absolute cursor-move touch-none border-2 border-white shadow-[0_0_0_100vmax_rgb(0_0_0/.5)] outline-none focus-visible:ring-2 focus-visible:ring-ring"
        style={{ left: percent(region.x), top: percent(region.y), width: percent(region.width), height: percent(region.height) }}
      >
        {Object.entries(handles).map(([what, place]) => (
          <button key={what} type="button" aria-label={m.crop_edge({ edge: what })} {...held(what)} className={cn('absolute grid size-11 -translate-1/2 touch-none place-items-center', place)}><span className="size-3.5 rounded-full border border-black/40 bg-white" /></button>
        ))}
      </div>
    </div>
  )
}
