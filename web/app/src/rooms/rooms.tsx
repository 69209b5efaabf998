import { Redirect, useLocation, useSearch } from 'wouter'
import { useStore } from 'zustand'
import { spoken } from '../lib/language.ts'
import { End } from './end.tsx'
import { ending } from './ending.ts'
import { session } from '../lib/session.ts'
import { Lobby } from './lobby.tsx'
import { RoomPage } from './room.tsx'

/** The pages that need no account: the lobby, a room, its end. */
export default function Rooms() {
  const [path] = useLocation()
  const language = useStore(spoken, (s) => s.language)
  const search = useSearch()
  const over = useStore(ending, (s) => s.now)
  const id = /^\/room\/([^/]+)/.exec(path)?.[1]
  const signedIn = useStore(session, (s) => s.phase === 'in')
  if (id) return <RoomPage key={id} roomId={id} />
  if (over && /(^|&)(destroyed|expired|restarted)=true/.test(search)) return <End key={language} how={over} />
  // Who has an account makes rooms beside the chats, and is told there, too.
  return signedIn ? <Redirect to={`/rooms?${search}`} replace /> : <Lobby key={language} />
}
