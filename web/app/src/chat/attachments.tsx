import type { Attachment, Message } from '@parley/sdk'
import { cn } from '@parley/ui'
import { FileText, X } from 'lucide-react'
import { lazy, Suspense, useLayoutEffect, useRef, useState } from 'react'
import { blur } from '../lib/blurhash.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { number } from '../lib/formats.ts'
import { m } from '../lib/messages.ts'
import type { Upload } from '../store/state.ts'
import { useView } from './view.ts'

const Voice = lazy(() => import('./voice.tsx'))

export function Attachments({ message, own }: { message: Message; own: boolean }) {
  const view = useView()
  if (message.attachments.length === 0) return null
  const images = message.attachments.filter((a) => a.mimeType.startsWith('image/') && a.width && a.height)
  const sounds = message.attachments.filter((a) => a.mimeType.startsWith('audio/') && a.durationMs)
  const files = message.attachments.filter((a) => !images.includes(a) && !sounds.includes(a))
  const several = images.length > 1
  return (
    <>
      {images.length > 0 && (
        <div className={cn('my-1', several && tiles)}>
          {images.map((a) => (
            <button key={a.id} type="button" aria-label={m.view_image({ name: a.fileName })} onClick={() => view.openImage(message, a.id)} className={frame} style={room(a, several)}>
              <Picture a={a} />
            </button>
          ))}
        </div>
      )}
      {sounds.map((a) => (
        <Suspense key={a.id} fallback={<div className="my-1 h-12" />}>
          <Voice own={own} peaks={a.peaks ?? null} track={{ id: a.id, url: a.url, durationMs: a.durationMs!, title: m.voice_of({ name: message.senderName }), path: `/chat/${message.conversationId}/${message.id}` }} />
        </Suspense>
      ))}
      {files.map((a) => (
        <a key={a.id} href={a.url} download={a.fileName} className="my-1 flex w-fit max-w-full items-center gap-2.5 rounded-lg border bg-background/60 p-1.5 pe-3 text-foreground hover:bg-background">
          <FileFace name={a.fileName} note={size(a.fileSize)} />
        </a>
      ))}
    </>
  )
}

/** What is on its way, in the place and the size that it keeps. */
export function Uploads({ tempId, uploads }: { tempId: string; uploads: readonly Upload[] }) {
  const images = uploads.filter((u) => u.mimeType.startsWith('image/') && u.width && u.height)
  const files = uploads.filter((u) => !images.includes(u))
  const several = images.length > 1
  return (
    <>
      {images.length > 0 && (
        <div className={cn('my-1', several && tiles)}>
          {images.map((u) => (
            <div key={u.id} className={frame} style={room(u, several)}>
              <Preview upload={u} />
              <Progress tempId={tempId} upload={u} />
            </div>
          ))}
        </div>
      )}
      {files.map((u) => (
        <div key={u.id} className="relative my-1 flex w-fit max-w-full items-center gap-2.5 overflow-hidden rounded-lg border bg-background/60 p-1.5 pe-3 text-foreground">
          <FileFace name={u.fileName} note={size(u.file.size)} />
          <Progress tempId={tempId} upload={u} />
        </div>
      ))}
    </>
  )
}

const tiles = 'grid max-w-96 grid-cols-2 gap-1'
const frame = 'relative block max-w-full overflow-hidden rounded-xl border bg-muted'

/** The space an image takes, before it is there and after. */
function room({ width, height }: { width: number | null; height: number | null }, several: boolean): { width: number | undefined; aspectRatio: string } {
  if (several) return { width: undefined, aspectRatio: '1' }
  const [w, h] = [width!, height!]
  const scale = Math.min(1, 384 / w, 320 / h)
  return { width: Math.round(w * scale), aspectRatio: `${w} / ${h}` }
}

function Picture({ a }: { a: Attachment }) {
  const [there, setThere] = useState(false)
  return (
    <>
      {a.placeholder && !there && <Blur hash={a.placeholder} />}
      <img
        src={a.thumbnailUrl ?? a.url} alt="" loading="lazy" decoding="async" onLoad={() => setThere(true)}
        className={cn('absolute inset-0 size-full object-cover transition-opacity duration-150', !there && 'opacity-0')}
      />
    </>
  )
}

function Blur({ hash }: { hash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const image = blur(hash, 32, 24)
    if (image) canvas.current?.getContext('2d')?.putImageData(image, 0, 0)
  }, [hash])
  return <canvas ref={canvas} width={32} height={24} data-placeholder className="absolute inset-0 size-full" />
}

function FileFace({ name, note }: { name: string; note: string }) {
  return (
    <>
      <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-muted"><FileText className="size-4" /></span>
      <span className="min-w-0 leading-tight">
        <b className="block truncate text-[13px] font-semibold"><bdi>{name}</bdi></b>
        <span className="text-2xs text-muted-foreground">{note}</span>
      </span>
    </>
  )
}

function Progress({ tempId, upload }: { tempId: string; upload: Upload }) {
  const engine = useEngine()
  const done = useLive((s) => s.progress.get(upload.id) ?? 0)
  const image = upload.width !== null
  return (
    <>
      <button
        type="button" aria-label={m.leave_out_file({ name: upload.fileName })} onClick={() => void engine.writing.discardUpload(tempId, upload.id)}
        className={cn('grid size-7 shrink-0 place-items-center rounded-full pointer-coarse:size-11', image ? 'absolute top-1.5 end-1.5 bg-black/60 text-white hover:bg-black/75' : '-me-1 hover:bg-muted')}
      >
        <X className="size-3.5" />
      </button>
      <progress value={upload.attachmentId ? 1 : done} max={1} aria-label={m.uploading({ name: upload.fileName })} className="absolute inset-x-0 bottom-0 block h-1 w-full accent-primary" />
    </>
  )
}

function Preview({ upload }: { upload: Upload }) {
  const [url, setUrl] = useState<string>()
  useLayoutEffect(() => {
    const made = URL.createObjectURL(upload.file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [upload.file])
  return <img src={url} alt={upload.fileName} className="absolute inset-0 size-full object-cover" />
}

export function size(bytes: number): string {
  const units = ['kilobyte', 'megabyte', 'gigabyte']
  let value = bytes / 1024
  let i = 0
  while (value >= 1024 && i < units.length - 1) {
    value /= 1024
    i++
  }
  return number('', value, { style: 'unit', unit: units[i], maximumFractionDigits: value < 10 ? 1 : 0 })
}
