// Compresses what the server sends, once and well.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = new URL('../../internal/webapp/dist/app', import.meta.url).pathname
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|html|svg|json|webmanifest)$/.test(entry.name)) continue
  if (entry.parentPath.endsWith('.vite')) continue
  const name = join(entry.parentPath, entry.name)
  const plain = readFileSync(name)
  if (plain.length < 512) continue
  writeFileSync(`${name}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
  writeFileSync(`${name}.gz`, gzipSync(plain, { level: 9 }))
}
