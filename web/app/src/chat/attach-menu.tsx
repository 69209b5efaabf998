import { MenuAt, MenuItem, type Spot } from '@parley/ui'
import { Camera, Images, ListChecks } from 'lucide-react'
import { m } from '../lib/messages.ts'

export default function AttachMenu({ spot, onClose, onCamera, onFiles, onPoll }: { spot: Spot; onClose(): void; onCamera: (() => void) | undefined; onFiles(): void; onPoll: (() => void) | undefined }) {
  return (
    <MenuAt spot={spot} label={m.attach()} onClose={onClose}>
      {onCamera && <MenuItem onSelect={onCamera}><Camera />{m.take_picture()}</MenuItem>}
      <MenuItem onSelect={onFiles}><Images />{m.choose_files()}</MenuItem>
      {onPoll && <MenuItem onSelect={onPoll}><ListChecks />{m.new_poll()}</MenuItem>}
    </MenuAt>
  )
}
