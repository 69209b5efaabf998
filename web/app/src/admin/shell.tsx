import { Avatar, Button, cn } from '@parley/ui'
import { ChevronLeft, Flag, HeartPulse, History, LayoutDashboard, MailPlus, Settings2, ShieldCheck, TriangleAlert, Users, Hash } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react'
import { Link, Redirect, Route, Switch, useLocation } from 'wouter'
import { Boundary } from '../lib/boundary.tsx'
import { useRemote } from '../lib/remote.ts'
import { relative } from '../lib/time.ts'
import { useEngine, useLive, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { am } from './messages.ts'
import { asked } from '../chat/confirm.ts'
import { useStore } from 'zustand'
import { count } from './figures.ts'

const Overview = lazy(() => import('./overview.tsx'))
const People = lazy(() => import('./people.tsx'))
const Groups = lazy(() => import('./groups.tsx'))
const Invitations = lazy(() => import('./invitations.tsx'))
const ServerSettings = lazy(() => import('./server-settings.tsx'))
const Reports = lazy(() => import('./reports.tsx'))
const Audit = lazy(() => import('./audit.tsx'))
const Health = lazy(() => import('./health.tsx'))
const Confirm = lazy(() => import('../chat/confirm-dialog.tsx'))

/** The pages of administration, with their menu. */
export default function Admin() {
  const me = useLive((s) => s.me)
  const question = useStore(asked, (s) => s.question)
  if (!me.roles.includes('admin')) return <Redirect to="/chat" replace />
  return (
    <div className="flex h-dvh overflow-hidden max-md:flex-col">
      <Menu />
      <main className="scroll-thin min-w-0 flex-1 overflow-y-auto" tabIndex={-1}>
        <Boundary>
          <Suspense fallback={null}>
            <Switch>
              <Route path="/admin" component={Overview} />
              <Route path="/admin/users" component={People} />
              <Route path="/admin/groups" component={Groups} />
              <Route path="/admin/invitations" component={Invitations} />
              <Route path="/admin/settings" component={ServerSettings} />
              <Route path="/admin/reports" component={Reports} />
              <Route path="/admin/audit" component={Audit} />
              <Route path="/admin/health" component={Health} />
              <Route><Redirect to="/admin" replace /></Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
      {question && <Suspense fallback={null}><Confirm /></Suspense>}
    </div>
  )
}

function Menu() {
  const { rest } = useEngine()
  const me = useLive((s) => s.me)
  const [at] = useLocation()
  const { data: stats } = useRemote(['stats', 30], () => rest.get('/api/admin/stats', { query: { days: 30 } }))
  const reports = useOpenReports()
  const list = useRef<HTMLUListElement>(null)
  // On a phone the entries are a row that is wider than the page.
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [at, stats, reports?.n])
  const entries: { path: string; label: string; icon: ReactNode; n?: string | undefined }[] = [
    { path: '/admin', label: am.overview(), icon: <LayoutDashboard /> },
    { path: '/admin/users', label: am.users(), icon: <Users />, n: stats && count(stats.totals.users) },
    { path: '/admin/groups', label: am.groups_and_channels(), icon: <Hash />, n: stats && count(stats.totals.groups + stats.totals.channels) },
    { path: '/admin/invitations', label: am.invitations(), icon: <MailPlus />, n: stats?.totals.invitations ? count(stats.totals.invitations) : undefined },
    { path: '/admin/settings', label: am.server_settings(), icon: <Settings2 /> },
    { path: '/admin/reports', label: am.reports(), icon: <Flag />, n: reports?.n ? reports.text : undefined },
    { path: '/admin/audit', label: am.audit_log(), icon: <History /> },
    { path: '/admin/health', label: am.health(), icon: <HeartPulse /> },
  ]
  return (
    <nav aria-label={m.administration()} className="flex w-67 shrink-0 flex-col gap-1 border-e bg-sidebar p-2 max-md:w-auto max-md:border-e-0 max-md:border-b">
      <div className="flex h-11 items-center gap-2 px-1">
        <Button asChild variant="ghost" size="icon" className="max-md:size-11"><Link href="/chat" aria-label={m.back()}><ChevronLeft className="rtl:-scale-x-100" /></Link></Button>
        <h1 className="flex-1 text-[15px] font-bold tracking-tight">{m.administration()}</h1>
        <Avatar name={me.displayName} src={me.avatarUrl} size={28} />
      </div>
      <ul ref={list} className="scroll-thin flex flex-col gap-0.5 max-md:flex-row max-md:overflow-x-auto">
        {entries.map(({ path, label, icon, n }) => (
          <li key={path} className="shrink-0">
            <Link href={path} aria-current={at === path ? 'page' : undefined} className={cn('flex h-9 items-center gap-2.5 rounded-lg px-3 text-sm text-muted-foreground hover:bg-sidebar-hover max-md:h-11 [&_svg]:size-4', at === path && 'bg-sidebar-active font-semibold text-foreground')}>
              {icon}
              <span className="flex-1">{label}</span>
              {n && <span className={cn('text-xs tabular-nums', path === '/admin/reports' && 'rounded-full bg-danger-soft px-1.5 font-semibold text-danger-strong')}>{n}</span>}
            </Link>
          </li>
        ))}
      </ul>
      <State reports={reports} />
    </nav>
  )
}

interface OpenReports {
  n: number
  text: string
}

/** How many reports wait for somebody; of very many, that there are more. */
function useOpenReports(): OpenReports | undefined {
  const { rest } = useEngine()
  const { data, error } = useRemote(['reports', 'open'], async () => {
    const { data, page } = await rest.list('/api/admin/reports', { query: { limit: 50 } })
    return { n: data.length, text: `${count(data.length)}${(page as { hasMore?: boolean } | undefined)?.hasMore ? '+' : ''}` }
  })
  return data ?? (error ? { n: 0, text: '' } : undefined)
}

/** What stands below the menu: the server's health, or that reports wait. */
function State({ reports }: { reports: OpenReports | undefined }) {
  const { rest } = useEngine()
  const now = useNow()
  const { data } = useRemote(['health'], () => rest.get('/api/admin/health'))
  if (!data || !reports) return null
  const calm = data.ok && reports.n === 0
  return (
    <Link href={data.ok && !calm ? '/admin/reports' : '/admin/health'} className="mt-auto rounded-xl border bg-card p-3 text-xs max-md:hidden">
      <b className="flex items-center gap-2 text-sm font-semibold">
        <span className={cn('grid size-6 place-items-center rounded-full', calm ? 'bg-primary-soft text-primary-soft-foreground' : 'bg-danger-soft text-danger-strong')}>{calm ? <ShieldCheck className="size-4" /> : data.ok ? <Flag className="size-4" /> : <TriangleAlert className="size-4" />}</span>
        {calm ? am.all_well() : data.ok ? am.open_reports({ n: reports.text }) : am.n_troubles({ n: data.troubles.length })}
      </b>
      {data.lastBackup && <span className="mt-1 flex gap-2 text-muted-foreground"><span className="flex-1">{am.last_backup()}</span><b className="font-semibold text-foreground">{relative(data.lastBackup.at, now)}</b></span>}
      <span className="mt-1 block text-muted-foreground">{am.checked_when({ when: relative(data.at, now) })}</span>
    </Link>
  )
}

/** A page's name, and what stands beside it. */
export function Page({ title, children, tools }: { title: string; children: ReactNode; tools?: ReactNode }) {
  return (
    <>
      <header className="sticky top-0 z-10 flex min-h-13 flex-wrap items-center gap-3 border-b bg-background/95 px-5 py-2 max-sm:px-3">
        <h2 className="flex-1 text-[15px] font-bold tracking-tight">{title}</h2>
        {tools}
      </header>
      <div className="space-y-4 p-5 max-sm:p-3">{children}</div>
    </>
  )
}

export function Card({ title, note, children, className }: { title?: string; note?: string; children: ReactNode; className?: string }) {
  return (
    <section aria-label={title} className={cn('rounded-xl border bg-card p-4', className)}>
      {title && <h3 className="mb-2 text-sm font-semibold">{title} {note && <span className="font-normal text-muted-foreground">{note}</span>}</h3>}
      {children}
    </section>
  )
}

export const th = 'h-9 border-b bg-muted/50 px-3 text-start text-xs font-semibold text-muted-foreground whitespace-nowrap'
export const td = 'h-11 border-b px-3 text-sm'
