import { Button, spotBelow, Tip, type Spot } from '@parley/ui'
import { Plus } from 'lucide-react'
import { lazy, Suspense, useRef, useState, type ChangeEvent } from 'react'
import { useMedia } from '../lib/use.ts'
import { m } from '../lib/messages.ts'

const AttachMenu = lazy(() => import('./attach-menu.tsx'))

/** Takes files; where there is a camera at hand, a picture of now as well; and begins polls. */
export function AttachButton({ onFiles, onPoll }: { onFiles(files: File[]): void; onPoll: (() => void) | undefined }) {
  const touch = useMedia('(pointer: coarse)')
  const choice = touch || onPoll !== undefined
  const files = useRef<HTMLInputElement>(null)
  const camera = useRef<HTMLInputElement>(null)
  const [spot, setSpot] = useState<Spot | null>(null)
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(event.target.files ?? [])])
    event.target.value = ''
  }
  return (
    <>
      <Tip label={m.attach()}>
        <Button
          variant="ghost" size="icon" className="max-md:size-11" aria-label={m.attach()} aria-haspopup={choice ? 'menu' : undefined}
          onClick={(event) => (choice ? setSpot(spotBelow(event.currentTarget)) : files.current?.click())}
        >
          <Plus className="size-[18px]" />
        </Button>
      </Tip>
      <input ref={files} type="file" multiple hidden aria-label={m.attach()} onChange={take} />
      {touch && <input ref={camera} type="file" accept="image/*" capture="environment" hidden aria-label={m.take_picture()} onChange={take} />}
      {spot && <Suspense fallback={null}><AttachMenu spot={spot} onClose={() => setSpot(null)} onCamera={touch ? () => camera.current?.click() : undefined} onFiles={() => files.current?.click()} onPoll={onPoll} /></Suspense>}
    </>
  )
}
