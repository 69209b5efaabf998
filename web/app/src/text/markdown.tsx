import { cn } from '@parley/ui'
import MarkdownIt, { type Token } from 'markdown-it'
import { lazy, Suspense, type ReactNode } from 'react'
import { bare, controls } from '../lib/bidi.ts'
import { m } from '../lib/messages.ts'
import { handles, type Mentioned } from './plain.ts'

const CodeBlock = lazy(() => import('./code.tsx'))

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable(['image', 'heading', 'lheading', 'table', 'reference', 'hr'])
const readable = parser.normalizeLinkText
/** The address that is really opened: a host as the network knows it, and nothing that turns the text round. */
parser.normalizeLinkText = (url) => {
  const text = readable(url).replace(controls, encodeURIComponent)
  const host = URL.canParse(url) && new URL(url).host
  return host ? text.replace(/^(\w+:\/\/)[^/?#]*/, (_, scheme: string) => scheme + host) : text
}
parser.validateLink = (url) => /^(https?:|mailto:)/i.test(url.trim())

const cache = new Map<string, Token[]>()

function parse(text: string): Token[] {
  let tokens = cache.get(text)
  if (!tokens) {
    tokens = parser.parse(text, {})
    if (cache.size > 500) cache.delete(cache.keys().next().value!)
    cache.set(text, tokens)
  }
  return tokens
}

/** Whether a text is nothing but a few emoji, which are then shown large. */
export function onlyEmoji(text: string): boolean {
  if (text.length > 40 || !/^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s)+$/u.test(text) || !/\p{Extended_Pictographic}/u.test(text)) return false
  return [...new Intl.Segmenter().segment(text.replace(/\s/g, ''))].length <= 3
}

/** A message's text as React nodes. There is no HTML in between. */
export function Markdown({ text, mentioned, me, own }: { text: string; mentioned?: (handle: string) => Mentioned | undefined; me?: number; own?: boolean }) {
  if (onlyEmoji(text)) return <p className="text-4xl leading-tight">{text}</p>
  return <>{blocks(parse(text), { mentioned, me, own })}</>
}

interface Context {
  mentioned: ((handle: string) => Mentioned | undefined) | undefined
  me: number | undefined
  own: boolean | undefined
  /** Within a link. */
  linked?: boolean
}

function blocks(tokens: readonly Token[], context: Context): ReactNode[] {
  return nest(tokens, 0, tokens.length, context)
}

function nest(tokens: readonly Token[], from: number, to: number, context: Context): ReactNode[] {
  const nodes: ReactNode[] = []
  for (let i = from; i < to; i++) {
    const token = tokens[i]!
    if (token.nesting === 1) {
      let depth = 1
      let end = i + 1
      while (end < to && depth > 0) depth += tokens[end++]!.nesting
      nodes.push(wrap(token, i, nest(tokens, i + 1, end - 1, token.type === 'link_open' ? { ...context, linked: true } : context), context))
      i = end - 1
    } else {
      nodes.push(leaf(token, i, context))
    }
  }
  return nodes
}

function wrap(token: Token, key: number, children: ReactNode[], context: Context): ReactNode {
  switch (token.type) {
    case 'paragraph_open':
      return token.hidden ? children : <p key={key} dir="auto" className="[&+*]:mt-1.5">{children}</p>
    case 'bullet_list_open':
      return <ul key={key} dir="auto" className="my-1 list-disc space-y-0.5 ps-5">{children}</ul>
    case 'ordered_list_open':
      return <ol key={key} dir="auto" start={Number(token.attrGet('start') ?? 1)} className="my-1 list-decimal space-y-0.5 ps-6">{children}</ol>
    case 'list_item_open':
      return <li key={key}>{children}</li>
    case 'blockquote_open':
      return <blockquote key={key} dir="auto" className="my-1 border-s-3 border-input ps-3 opacity-90">{children}</blockquote>
    case 'strong_open':
      return <strong key={key} className="font-semibold">{children}</strong>
    case 'em_open':
      return <em key={key}>{children}</em>
    case 's_open':
      return <s key={key}>{children}</s>
    case 'link_open':
      return (
        <a key={key} dir="auto" href={String(token.attrGet('href') ?? '')} target="_blank" rel="noopener noreferrer nofollow" className={cn('break-all underline underline-offset-2', !context.own && 'text-primary')}>
          {children}
        </a>
      )
    default:
      return <span key={key}>{children}</span>
  }
}

function leaf(token: Token, key: number, context: Context): ReactNode {
  switch (token.type) {
    case 'inline':
      return <span key={key}>{blocks(token.children ?? [], context)}</span>
    case 'text':
      return context.linked ? bare(token.content) : mentions(token.content, key, context)
    case 'softbreak':
    case 'hardbreak':
      return <br key={key} />
    case 'code_inline':
      return <code key={key} className={cn('rounded border px-1 py-px font-mono text-[13px]', context.own ? 'border-white/25 bg-black/20' : 'bg-code')}>{token.content}</code>
    case 'fence':
    case 'code_block':
      return (
        <pre key={key} tabIndex={0} aria-label={m.code()} className="scroll-thin my-1.5 max-w-full overflow-x-auto rounded-lg border bg-code px-3 py-2 font-mono text-[13px] leading-relaxed text-foreground">
          <Suspense fallback={<code>{token.content}</code>}>
            <CodeBlock code={token.content.replace(/\n$/, '')} language={token.info.trim().split(/\s/)[0] ?? ''} />
          </Suspense>
        </pre>
      )
    default:
      return token.content
  }
}

function mentions(text: string, key: number, { mentioned, me, own }: Context): ReactNode {
  if (!mentioned || !text.includes('@')) return text
  const parts: ReactNode[] = []
  let at = 0
  for (const match of text.matchAll(handles)) {
    const who = mentioned(match[1]!)
    if (who === undefined) continue
    parts.push(text.slice(at, match.index))
    const isMe = who === 'all' || who.userId === me
    parts.push(
      <span key={`${key} ${match.index}`} dir="auto" {...(who !== 'all' && { role: 'button', tabIndex: 0, 'aria-description': match[0], 'data-tip': match[0], 'data-tip-press': '' })} className={cn('rounded px-1 py-px font-medium', own ? 'bg-white/20' : isMe ? 'bg-mention text-mention-foreground' : 'bg-primary-soft text-primary-soft-foreground')}>
        {who === 'all' ? match[0] : <>@<bdi>{bare(who.name)}</bdi></>}
      </span>,
    )
    at = match.index + match[0].length
  }
  parts.push(text.slice(at))
  return parts
}
