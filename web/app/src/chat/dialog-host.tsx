import { Sheet } from '@parley/ui'
import { lazy, Suspense } from 'react'
import { m } from '../lib/messages.ts'
import { closeDialog, type DialogName } from './dialogs.ts'
import { NewConversation } from './new-conversation.tsx'
import { Bookmarks, Directory, Keys, Threads } from './lookups.tsx'
import { Palette } from './palette.tsx'

const Settings = lazy(() => import('./settings.tsx'))
const Share = lazy(() => import('./share.tsx'))

export default function DialogHost({ name }: { name: DialogName }) {
  const title = { new: m.new_message(), 'new-group': m.new_group(), 'new-channel': m.new_channel(), jump: m.search_or_jump(), directory: m.directory(), bookmarks: m.bookmarks(), threads: m.threads(), settings: m.settings(), keys: m.keyboard(), share: m.share_to() }[name]
  return (
    <Sheet open onOpenChange={(open) => !open && closeDialog()} title={title} hideTitle={name === 'jump'} className={name === 'jump' ? 'top-[12dvh] translate-y-0' : ''}>
      <div className="scroll-thin min-h-0 overflow-y-auto px-5 pb-5">
        {(name === 'new' || name === 'new-group' || name === 'new-channel') && <NewConversation key={name} kind={name} />}
        {name === 'jump' && <Palette />}
        {name === 'directory' && <Directory />}
        {name === 'bookmarks' && <Bookmarks />}
        {name === 'threads' && <Threads />}
        {name === 'keys' && <Keys />}
        {name === 'share' && <Suspense fallback={null}><Share /></Suspense>}
        {name === 'settings' && <Suspense fallback={null}><Settings /></Suspense>}
      </div>
    </Sheet>
  )
}
