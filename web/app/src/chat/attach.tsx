import type { Conversation } from '@parley/sdk'
import { Button, cn, Sheet, SwitchRow, inputClass } from '@parley/ui'
import { FileText, PencilRuler, X } from 'lucide-react'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { compress, sizeOf } from '../lib/image.ts'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import type { Upload } from '../store/state.ts'
import { size } from './attachments.tsx'
import { Completions, useCompletion } from './completion.tsx'

const ImageEditor = lazy(() => import('./image-editor.tsx'))

const most = 10

/** What is about to be sent, with a caption. */
export default function Attach({ c, files, parent, onClose, onSent }: { c: Conversation; files: File[]; parent: number | null; onClose(): void; onSent(): void }) {
  const engine = useEngine()
  const [kept, setKept] = useState(() => files.slice(0, most))
  const [edited, setEdited] = useState<File | null>(null)
  const [caption, setCaption] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const completion = useCompletion(c, caption, field, setCaption)
  const [original, setOriginal] = useState(false)
  const [busy, setBusy] = useState(false)
  const previews = useMemo(() => kept.map((f) => (f.type.startsWith('image/') ? URL.createObjectURL(f) : null)), [kept])
  useEffect(() => () => previews.forEach((p) => p && URL.revokeObjectURL(p)), [previews])
  const limit = c.maxFileSizeMb * 1024 * 1024
  const tooBig = kept.find((f) => f.size > limit && (original || !f.type.startsWith('image/')))
  const images = kept.some((f) => f.type.startsWith('image/'))

  async function send() {
    setBusy(true)
    const uploads: Upload[] = await Promise.all(
      kept.map(async (file) => {
        const made = !original && file.type.startsWith('image/') ? await compress(file) : { blob: file, name: file.name }
        const dimensions = made.blob.type.startsWith('image/') ? await sizeOf(made.blob) : null
        return { id: crypto.getRandomValues(new Uint32Array(3)).join('-'), file: made.blob, fileName: made.name, mimeType: made.blob.type, width: dimensions?.width ?? null, height: dimensions?.height ?? null }
      }),
    )
    await engine.writing.send(c.id, caption.trim(), parent, uploads)
    onSent()
    onClose()
  }

  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={m.send_files({ n: kept.length })} onEscape={(event) => completion.items.length > 0 && event.preventDefault()}>
      <form className="flex min-h-0 flex-col gap-3 px-5 pb-5" onSubmit={(event) => { event.preventDefault(); void send() }}>
        <ul className="scroll-thin grid max-h-[50dvh] gap-2 overflow-y-auto">
          {kept.map((file, i) => (
            <li key={`${file.name} ${file.size} ${file.lastModified}`} className="relative overflow-hidden rounded-xl border bg-muted">
              {previews[i] ? <img src={previews[i]} alt={file.name} className="mx-auto max-h-72 object-contain" /> : <p className="flex items-center gap-3 p-3 text-sm"><FileText className="size-5" /><span className="min-w-0 flex-1 truncate font-medium"><bdi>{file.name}</bdi></span>{size(file.size)}</p>}
              {previews[i] && file.type !== 'image/gif' && file.type !== 'image/svg+xml' && <Button variant="outline" size="icon-sm" aria-label={m.edit_file({ name: file.name })} className="absolute top-2 end-13 pointer-coarse:end-15" onClick={() => setEdited(file)}><PencilRuler /></Button>}
              <Button variant="outline" size="icon-sm" aria-label={m.remove_file({ name: file.name })} className="absolute top-2 end-2" onClick={() => (kept.length === 1 ? onClose() : setKept(kept.filter((f) => f !== file)))}><X /></Button>
            </li>
          ))}
        </ul>
        {images && <SwitchRow label={m.original()} hint={m.original_hint()} checked={original} onCheckedChange={setOriginal} />}
        {files.length > most && <p role="alert" className="text-xs text-danger-strong">{m.at_most_files({ n: most })}</p>}
        {tooBig && <p role="alert" className="text-xs text-danger-strong">{m.too_big({ name: tooBig.name, n: c.maxFileSizeMb })}</p>}
        <div className="relative">
          <Completions completion={completion} className="inset-x-0" />
          <textarea
            ref={field} autoFocus rows={1} aria-label={m.caption()} placeholder={m.caption()} value={caption} maxLength={10_000} onChange={(e) => setCaption(e.target.value)} {...completion.field}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing || completion.onKeyDown(event) || event.key !== 'Enter' || event.shiftKey) return
              event.preventDefault()
              event.currentTarget.form!.requestSubmit()
            }}
            className={cn(inputClass, 'block h-auto max-h-32 resize-none py-2 [field-sizing:content]')}
          />
        </div>
        <Button type="submit" disabled={busy || !!tooBig}>{m.send()}</Button>
      </form>
      {edited && <Suspense fallback={null}><ImageEditor file={edited} onClose={() => setEdited(null)} onDone={(file) => { setKept(kept.map((f) => (f === edited ? file : f))); setEdited(null) }} /></Suspense>}
    </Sheet>
  )
}
