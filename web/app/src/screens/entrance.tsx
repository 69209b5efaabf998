import { Mark } from '@parley/ui'
import { useId, type ReactNode } from 'react'
import { Link } from 'wouter'

/** The frame of the pages for people who are not signed in. */
export function Entrance({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh bg-background lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="flex flex-col px-6 py-6 sm:px-12">
        <Link href="/" className="flex items-center gap-3 self-start rounded-md text-lg font-bold tracking-tight">
          <Mark size={36} />
          Parley
        </Link>
        <div className="mx-auto my-auto w-full max-w-sm py-10">
          <h1 className="text-3xl font-bold tracking-tight">{title}</h1>
          <p className="mt-2 mb-7 text-[15px] text-muted-foreground">{lead}</p>
          {children}
        </div>
      </div>
      <div className="hidden p-5 lg:block">
        <Harbour className="h-full w-full rounded-[28px]" />
      </div>
    </main>
  )
}

/** A harbour at dusk; decoration. */
export function Harbour({ className }: { className?: string }) {
  const sky = useId()
  return (
    <svg viewBox="0 0 500 578" preserveAspectRatio="xMidYMax slice" className={className} aria-hidden="true">
      <defs>
        <linearGradient id={sky} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="oklch(0.42 0.07 215)" />
          <stop offset=".45" stopColor="oklch(0.62 0.09 195)" />
          <stop offset=".75" stopColor="oklch(0.82 0.08 65)" />
        </linearGradient>
      </defs>
      <rect width="500" height="578" fill={`url(#${sky})`} />
      <circle cx="367" cy="340" r="46" fill="oklch(0.96 0.06 85)" />
      <path d="M0 344c60-14 90-4 140-20s90-26 150-8 130 20 210-6v268H0z" fill="oklch(0.44 0.06 210)" />
      <path d="M0 398c70-16 120 10 190 0s120-34 190-20 80 6 120-2v202H0z" fill="oklch(0.36 0.06 212)" />
      <path d="M0 446c80-6 140 18 230 8s170-24 270-6v130H0z" fill="oklch(0.28 0.05 212)" />
      <path d="M138 442l30-90 4 90zM180 442l4-70 34 70z" fill="oklch(0.97 0.02 90)" />
      <path d="M130 444h98l-16 16h-66z" fill="oklch(0.19 0.02 215)" />
      <path d="M276 442l22-58 4 58zM310 442l8-72 28 72z" fill="oklch(0.80 0.09 185)" />
      <path d="M266 444h92l-14 16h-64z" fill="oklch(0.19 0.02 215)" />
      <path d="M332 464h70M346 478h42M360 491h22" stroke="oklch(0.8 0.06 85 / .7)" strokeWidth="3.5" strokeLinecap="round" />
      <path d="M0 520c90-14 170 12 260 4s160-22 240-2v56H0z" fill="oklch(0.22 0.04 214)" />
    </svg>
  )
}
