import type { Conversation, Message } from '@parley/sdk'
import Lightbox from 'yet-another-react-lightbox'
import Download from 'yet-another-react-lightbox/plugins/download'
import Zoom from 'yet-another-react-lightbox/plugins/zoom'
import 'yet-another-react-lightbox/styles.css'
import { useEngine } from '../lib/use.ts'

/** All images of the loaded history, full-screen, starting with one. */
export default function Viewer({ c, message, start, onClose }: { c: Conversation; message: Message; start: number; onClose(): void }) {
  const engine = useEngine()
  const messages = engine.state.timelines.get(c.id)?.messages ?? [message]
  const images = messages.flatMap((m) => m.attachments).filter((a) => a.mimeType.startsWith('image/'))
  const all = images.some((a) => a.id === start) ? images : message.attachments
  return (
    <Lightbox
      open close={onClose} index={Math.max(0, all.findIndex((a) => a.id === start))} plugins={[Zoom, Download]} carousel={{ finite: true }}
      slides={all.map((a) => ({ src: a.url, alt: a.fileName, ...(a.width && a.height ? { width: a.width, height: a.height } : {}), download: { url: a.url, filename: a.fileName } }))}
    />
  )
}
