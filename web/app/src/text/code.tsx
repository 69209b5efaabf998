import { useEffect, useState, type ReactNode } from 'react'
import { createHighlighterCore, type HighlighterCore } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'

const languages: Record<string, () => Promise<{ default: unknown }>> = {
  go: () => import('shiki/langs/go.mjs'),
  js: () => import('shiki/langs/javascript.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  ts: () => import('shiki/langs/typescript.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  py: () => import('shiki/langs/python.mjs'),
  sh: () => import('shiki/langs/shellscript.mjs'),
  bash: () => import('shiki/langs/shellscript.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
}

// The colours are names here, and become classes: no inline styles.
const theme = {
  name: 'parley',
  type: 'light' as const,
  fg: '#000000',
  bg: '#ffffff',
  settings: [
    { scope: ['keyword', 'storage', 'support.type'], settings: { foreground: '#000001' } },
    { scope: ['constant.numeric', 'constant.language'], settings: { foreground: '#000002' } },
    { scope: ['string'], settings: { foreground: '#000003' } },
    { scope: ['comment'], settings: { foreground: '#000004' } },
  ],
}
const classes: Record<string, string> = { '#000001': 'hl-keyword', '#000002': 'hl-number', '#000003': 'hl-string', '#000004': 'hl-comment' }

// Bounds of the work by size, not by time: the same text has the same colours on every machine.
const mostCode = 20_000
const longestLine = 1_000

let made: Promise<HighlighterCore> | undefined

export async function highlight(code: string, language: string): Promise<ReactNode[] | null> {
  const load = languages[language.toLowerCase()]
  if (!load || code.length > mostCode) return null
  made ??= createHighlighterCore({ themes: [theme], langs: [], engine: createJavaScriptRegexEngine({ forgiving: true }) })
  const highlighter = await made
  const grammar = (await load()).default as Parameters<HighlighterCore['loadLanguage']>[0]
  await highlighter.loadLanguage(grammar)
  const id = (grammar as { name: string }[])[(grammar as { name: string }[]).length - 1]!.name
  const { tokens } = highlighter.codeToTokens(code, { lang: id, theme: 'parley', tokenizeMaxLineLength: longestLine, tokenizeTimeLimit: 0 })
  return tokens.map((line, i) => (
    <span key={i}>
      {line.map((t, j) => {
        const name = classes[(t.color ?? '').toLowerCase()]
        return name ? <span key={j} className={name}>{t.content}</span> : t.content
      })}
      {i < tokens.length - 1 ? '\n' : ''}
    </span>
  ))
}

export default function CodeBlock({ code, language }: { code: string; language: string }) {
  const [nodes, setNodes] = useState<ReactNode[] | null>(null)
  useEffect(() => {
    let current = true
    highlight(code, language).then((n) => current && setNodes(n), () => undefined)
    return () => {
      current = false
    }
  }, [code, language])
  return <code>{nodes ?? code}</code>
}
