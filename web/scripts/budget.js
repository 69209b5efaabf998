// Fails the build when the conversation view needs more than 200 KB of compressed
// JavaScript before it can be used.
import { readFileSync, rmSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const budget = 200 * 1024
const root = new URL('../../internal/webapp/dist/app/', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(`${root}.vite/manifest.json`, 'utf8'))

const compressed = (file) => gzipSync(readFileSync(root + file), { level: 9 }).length

const needed = new Set()
function need(key) {
  const chunk = manifest[key]
  if (!chunk || needed.has(chunk.file)) return
  needed.add(chunk.file)
  for (const other of chunk.imports ?? []) need(other)
}
need('index.html')
need('src/screens/chat.tsx')
// And one language: the largest.
const languages = Object.keys(manifest).filter((key) => /^src\/paraglide\/\w+\/messages\//.test(key))
need(languages.sort((a, b) => compressed(manifest[b].file) - compressed(manifest[a].file))[0])
let total = 0
for (const file of needed) {
  const size = compressed(file)
  total += size
  console.log(`${(size / 1024).toFixed(1).padStart(7)} KB  ${file}`)
}
console.log(`${(total / 1024).toFixed(1).padStart(7)} KB  of ${budget / 1024} KB for the conversation view (gzip)`)
rmSync(`${root}.vite`, { recursive: true })
if (total > budget) {
  console.error('The conversation view is over its budget.')
  process.exit(1)
}
