import { cn } from '@parley/ui'
import { Download, FileText } from 'lucide-react'
import { useEffect, useState } from 'react'
import { isPicture, type Line } from './lines.ts'
import { rm } from './messages.ts'
import type { Talk } from './talk.ts'
import { sizeText } from './time.ts'

/** A file, which is opened with the room's key only here. */
export function FileView({ line, talk }: { line: Line; talk: Talk }) {
  if (line.body.kind !== 'file') return null
  return isPicture(line.body.file) ? <Picture line={line} talk={talk} /> : <Other line={line} talk={talk} />
}

function fileOf(line: Line) {
  if (line.body.kind !== 'file') throw new Error('not a file')
  return line.body.file
}

/** Saves it under its name, as bytes: whatever it says it is, nothing opens it here. */
export function save(blob: Blob, name: string) {
  const url = URL.createObjectURL(new Blob([blob], { type: 'application/octet-stream' }))
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}

function Picture({ line, talk }: { line: Line; talk: Talk }) {
  const [url, setUrl] = useState('')
  const [broken, setBroken] = useState(false)
  const { name, width, height } = fileOf(line)
  useEffect(() => {
    let made = ''
    let gone = false
    talk.fileOf(line).then((blob) => {
      if (gone) return
      made = URL.createObjectURL(blob)
      setUrl(made)
    }, () => !gone && setBroken(true))
    return () => {
      gone = true
      if (made) URL.revokeObjectURL(made)
    }
  }, [line.key, line.body.kind === 'file' && line.body.fileId])
  if (broken) return <p className="px-2 py-1 italic">{rm.file_broken({ name })}</p>
  const ratio = width && height ? width / height : 4 / 3
  return (
    <button type="button" disabled={!url} aria-label={rm.save_picture({ name })} onClick={() => void talk.fileOf(line).then((blob) => save(blob, name))} className="block w-72 max-w-full overflow-hidden rounded-[13px] bg-black/8" style={{ aspectRatio: Math.min(3, Math.max(0.6, ratio)) }}>
      {url && <img src={url} alt={name} onError={() => setBroken(true)} className="size-full object-cover" />}
    </button>
  )
}

function Other({ line, talk }: { line: Line; talk: Talk }) {
  const [broken, setBroken] = useState(false)
  const [busy, setBusy] = useState(false)
  const { name, size } = fileOf(line)
  const fetch = () => {
    setBusy(true)
    setBroken(false)
    talk.fileOf(line).then((blob) => save(blob, name)).catch(() => setBroken(true)).finally(() => setBusy(false))
  }
  return (
    <div className="flex w-72 max-w-full items-center gap-2.5 px-1.5 py-1">
      <FileText className="size-8 shrink-0 opacity-80" />
      <span className="min-w-0 flex-1 leading-tight">
        <b dir="auto" className="block truncate text-[13.5px] font-semibold">{name}</b>
        <span className={cn('text-xs', !line.mine && 'text-muted-foreground')}>{broken ? rm.file_broken({ name }) : sizeText(size)}</span>
      </span>
      <button type="button" disabled={busy} aria-label={rm.save_file({ name })} onClick={fetch} className="grid size-10 shrink-0 place-items-center rounded-lg hover:bg-black/10 max-md:size-11"><Download className="size-[18px]" /></button>
    </div>
  )
}
