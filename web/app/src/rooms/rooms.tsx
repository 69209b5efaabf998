import { useLocation, useSearch } from 'wouter'
import { useStore } from 'zustand'
import { spoken } from '../lib/language.ts'
import { End } from './end.tsx'
import { ending } from './ending.ts'
import { Lobby } from './lobby.tsx'
import { RoomPage } from './room.tsx'

/** The pages that need no account: the lobby, a room, its end. */
export default function Rooms() {
  const [path] = useLocation()
  const language = useStore(spoken, (s) => s.language)
  const search = useSearch()
  const over = useStore(ending, (s) => s.now)
  const id = /^\/room\/([^/]+)/.exec(path)?.[1]
  if (id) return <RoomPage key={id} roomId={id} />
  return over && /(^|&)(destroyed|expired|restarted)=true/.test(search) ? <End key={language} how={over} /> : <Lobby key={language} />
}
