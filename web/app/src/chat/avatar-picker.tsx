import { Avatar, Button, cn, Sheet } from '@parley/ui'
import { Camera } from 'lucide-react'
import { useRef, useState } from 'react'
import Cropper, { type Area } from 'react-easy-crop'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'

const edge = 512

/** Shows a picture and takes a new one: cropped and compressed in the browser. */
export function AvatarPicker({ name, src, square, onPick }: { name: string; src: string | null; square?: boolean; onPick(file: Blob): Promise<void> }) {
  const input = useRef<HTMLInputElement>(null)
  const [image, setImage] = useState<string | null>(null)
  const [crop, setCrop] = useState({ x: 0, y: 0 })
  const [zoom, setZoom] = useState(1)
  const [area, setArea] = useState<Area | null>(null)
  const [error, setError] = useState('')
  const done = () => {
    if (image) URL.revokeObjectURL(image)
    setImage(null)
  }
  async function take() {
    if (!image || !area) return
    try {
      await onPick(await cut(image, area))
      done()
    } catch (problem) {
      setError(reason(problem))
    }
  }
  return (
    <>
      <button type="button" aria-label={m.change_picture()} onClick={() => input.current?.click()} className={cn('relative shrink-0', square ? 'rounded-[28%]' : 'rounded-full')}>
        <Avatar name={name} src={src} size={72} square={square ?? false} />
        <span className="absolute -end-1 -bottom-1 grid size-7 place-items-center rounded-full border bg-popover shadow-pop"><Camera className="size-3.5" /></span>
      </button>
      <input ref={input} type="file" accept="image/*" hidden aria-label={m.change_picture()} onChange={(e) => { const file = e.target.files?.[0]; if (file) setImage(URL.createObjectURL(file)); e.target.value = '' }} />
      <Sheet open={image !== null} onOpenChange={(open) => !open && done()} title={m.change_picture()}>
        <div className="relative mx-5 h-72 overflow-hidden rounded-lg bg-muted">
          {image && <Cropper image={image} crop={crop} zoom={zoom} aspect={1} cropShape={square ? 'rect' : 'round'} showGrid={false} onCropChange={setCrop} onZoomChange={setZoom} onCropComplete={(_, pixels) => setArea(pixels)} />}
        </div>
        <div className="flex items-center gap-4 px-5 py-4">
          <input type="range" min={1} max={3} step={0.05} value={zoom} aria-label={m.zoom()} onChange={(e) => setZoom(Number(e.target.value))} className="flex-1 accent-primary" />
          <Button onClick={() => void take()}>{m.save()}</Button>
        </div>
        {error && <p role="alert" className="px-5 pb-4 text-sm text-danger-strong">{error}</p>}
      </Sheet>
    </>
  )
}

export function asForm(picture: Blob): FormData {
  const form = new FormData()
  form.append('file', picture, 'avatar.webp')
  return form
}

async function cut(url: string, area: Area): Promise<Blob> {
  const image = new Image()
  image.src = url
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = Math.min(edge, Math.round(area.width))
  canvas.getContext('2d')!.drawImage(image, area.x, area.y, area.width, area.height, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture cannot be read'))), 'image/webp', 0.85))
}
