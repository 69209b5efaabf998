import { Tips } from '@parley/ui'
import { lazy, Suspense } from 'react'
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter'
import { useStore } from 'zustand'
import { Boundary } from './lib/boundary.tsx'
import { open } from './lib/language.ts'
import { session } from './lib/session.ts'
import { EngineContext } from './lib/use.ts'

const SignIn = lazy(() => import('./screens/sign-in.tsx'))
const SignUp = lazy(() => import('./screens/sign-up.tsx'))
const Chat = lazy(() => import('./screens/chat.tsx'))
const Admin = lazy(async () => (await Promise.all([import('./admin/shell.tsx'), import('./admin/messages.ts').then(({ book }) => open(book))]))[0])
const Rooms = lazy(async () => (await import('./rooms/open.ts')).default())

const chats = /^\/(?:chat(?:\/(?<conversation>[^/]+)(?:\/(?<message>[^/]+))?)?|rooms)\/?$/

/** What concerns a disposable room is the same for everybody, signed in or not. */
function useIsRoom(): boolean {
  const [path] = useLocation()
  const search = useSearch()
  return /^\/room\/[^/]+\/?$/.test(path) || (path === '/' && /(^|&)(error=room-|destroyed=|expired=|restarted=)/.test(search))
}

export function App() {
  const isRoom = useIsRoom()
  const now = useStore(session)
  if (now.phase === 'unknown') return null
  return (
    <Boundary>
      <Suspense fallback={null}>
        {isRoom ? (
          <Rooms />
        ) : now.phase === 'in' ? (
          <EngineContext value={now.engine}>
            <Switch>
              <Route path={chats}>{(params) => <Chat params={params} />}</Route>
              <Route path="/admin/:page?" component={Admin} />
              <Route>
                <Redirect to="/chat" replace />
              </Route>
            </Switch>
          </EngineContext>
        ) : (
          <Switch>
            <Route path="/sign-in" component={SignIn} />
            <Route path="/sign-up" component={SignUp} />
            <Route path="/(chat|admin)/*?">{() => <Redirect to={`/sign-in?to=${encodeURIComponent(location.pathname)}`} replace />}</Route>
            <Route component={Rooms} />
          </Switch>
        )}
      </Suspense>
      <Tips />
    </Boundary>
  )
}
