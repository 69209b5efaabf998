import { Button, Mark } from '@parley/ui'
import { ArrowRight, CloudOff, Lock, MessagesSquare } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { m } from '../lib/messages.ts'
import { Harbour } from './entrance.tsx'

/** For people who are not signed in: what this is, and the ways in. */
export default function Landing() {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-6xl items-center gap-3 px-6 py-5 max-sm:py-3">
        <Mark size={36} />
        <span className="text-lg font-bold tracking-tight">Parley</span>
        <Button asChild variant="outline" className="ms-auto max-sm:h-11">
          <Link href="/sign-in">{m.sign_in()}</Link>
        </Button>
      </header>
      <main className="mx-auto grid w-full max-w-6xl flex-1 items-center gap-x-12 gap-y-8 px-6 py-8 max-lg:content-start max-sm:pt-3 lg:grid-cols-[1.1fr_1fr]">
        <Picture />
        <div>
          <h1 className="text-[3.25rem] leading-[1.08] font-bold tracking-tight text-balance max-sm:text-4xl">{m.landing_title()}</h1>
          <p className="mt-5 max-w-[46ch] text-lg text-muted-foreground max-sm:mt-4 max-sm:text-base">{m.landing_lead()}</p>
          <Ways>
            <Button asChild size="lg" className="h-13 rounded-2xl px-7 text-base font-semibold shadow-pop max-sm:w-full">
              <Link href="/sign-up">
                {m.create_account()}
                <ArrowRight className="rtl:-scale-x-100" />
              </Link>
            </Button>
          </Ways>
          <ul className="mt-10 flex flex-wrap gap-x-5 gap-y-3 text-[13.5px] text-muted-foreground max-sm:mt-7 max-sm:flex-col [&_svg]:size-4 [&_svg]:text-primary">
            <li className="flex items-center gap-2"><MessagesSquare />{m.landing_people()}</li>
            <li className="flex items-center gap-2"><CloudOff />{m.landing_offline()}</li>
            <li className="flex items-center gap-2"><Lock />{m.landing_private()}</li>
          </ul>
        </div>
      </main>
      <footer className="border-t bg-sidebar">
        <div className="mx-auto flex max-w-6xl items-center gap-4 px-6 py-5 max-sm:flex-col max-sm:items-stretch">
          <span className="grid size-11 shrink-0 place-items-center rounded-xl bg-primary-soft text-primary-soft-foreground max-sm:hidden"><MessagesSquare className="size-5" /></span>
          <p className="min-w-0 flex-1 text-sm">
            <b className="block font-semibold">{m.landing_known()}</b>
            <span className="text-muted-foreground">{m.landing_footer()}</span>
          </p>
          <Button asChild variant="outline" className="bg-background max-sm:h-11"><Link href="/sign-in">{m.sign_in()}</Link></Button>
        </div>
      </footer>
    </div>
  )
}

/** The ways in, one below the other, the first one the largest. */
function Ways({ children }: { children: ReactNode }) {
  return <div className="mt-8 flex flex-col items-start gap-5 max-sm:mt-6">{children}</div>
}

function Picture() {
  return (
    <div className="relative lg:order-last">
      <Harbour className="h-[36rem] w-full rounded-[28px] max-lg:h-72 max-sm:h-52 max-sm:rounded-3xl" />
      <div aria-hidden="true" className="absolute inset-x-7 top-7 rounded-2xl bg-card p-4 shadow-panel max-lg:hidden">
        <p className="w-fit rounded-2xl bg-bubble-other px-3 py-1.5 text-msg">{m.landing_bubble_one()}</p>
        <p className="mt-2 ms-auto w-fit rounded-2xl bg-bubble-own px-3 py-1.5 text-msg text-bubble-own-foreground">{m.landing_bubble_two()}</p>
      </div>
    </div>
  )
}
