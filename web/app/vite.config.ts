import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { compileMessages } from '../scripts/messages.js'

const server = process.env['PARLEY_URL'] ?? 'http://127.0.0.1:8080'

/** Names the chunks of the chat, with all that it imports, and of the languages in the page, so that theme.js can ask for them while the rest is still on its way. */
const nameWhatComes: Plugin = {
  name: 'name-what-comes',
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle }) {
      const chunks = Object.values(bundle ?? {}).filter((c) => c.type === 'chunk')
      const named = (name: string, ...files: string[]) => ({ tag: 'meta', attrs: { name, content: files.map((file) => `/${file}`).join(' ') }, injectTo: 'head-prepend' as const })
      const importsOf = new Map(chunks.map((c) => [c.fileName, c.imports]))
      const needed = (file: string, so = new Set<string>()): Set<string> => {
        if (so.has(file)) return so
        so.add(file)
        for (const other of importsOf.get(file) ?? []) needed(other, so)
        return so
      }
      // The page itself asks for what it starts with.
      const begun = needed(chunks.find((c) => c.isEntry)?.fileName ?? '')
      const chat = chunks.find((c) => c.facadeModuleId?.endsWith('/screens/chat.tsx'))
      return [
        ...(chat ? [named('parley-chat', ...[...needed(chat.fileName)].filter((file) => !begun.has(file)))] : []),
        ...chunks.flatMap((c) => (languageOf(c) ? [named(`parley-${languageOf(c)}`, c.fileName)] : [])),
      ]
    },
  },
}

const languageOf = ({ facadeModuleId: module }: { facadeModuleId: string | null }) => /\/paraglide\/(\w+)\/messages\//.exec(module ?? '')?.[1]

/** The language of a chunk that is the names of emoji. */
const emojiOf = ({ facadeModuleId: module }: { facadeModuleId: string | null }) => /\/src\/emoji\/(\w\w)\.json$/.exec(module ?? '')?.[1]

/** Compiles the texts, and again when they change while developing. */
const texts: Plugin = {
  name: 'texts',
  apply: 'serve',
  buildStart: () => compileMessages(),
  async handleHotUpdate({ file }) {
    if (/\/messages\/((admin|rooms)\/)?[a-z]+\.json$/.test(file)) await compileMessages()
  },
  configureServer: (dev) => void dev.watcher.add(new URL('messages', import.meta.url).pathname),
}

/** What every view needs stands in one chunk: dozens of tiny ones compress badly. */
const isCore = (id: string) => /\/web\/(sdk\/src|ui\/src\/(avatar|button|cn|focus|mark|spot|texts|tip)\.|app\/src\/(store|lib\/(bidi|boundary|formats|installed|keys|language|messages|quiet|reason|session|shared|theme|time|use)\.|text\/(fold|plain)\.))/.test(id)

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    nameWhatComes,
    texts,
  ],
  build: {
    outDir: '../../internal/webapp/dist/app',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    manifest: true,
    chunkSizeWarningLimit: 800,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'core', test: isCore }] }, chunkFileNames: (c) => `assets/${languageOf(c) ? `lang-${languageOf(c)}` : emojiOf(c) ? `emoji-${emojiOf(c)}` : '[name]'}-[hash].js` } },
  },
  worker: { format: 'es' },
  server: { fs: { allow: ['../..'] }, proxy: { '/api': { target: server, ws: true }, '/f': server } },
})
