let worker: Worker | undefined
let last = 0
const waiting = new Map<number, (blob: Blob | null) => void>()

function shrink(file: Blob): Promise<Blob | null> {
  worker ??= new Worker(new URL('./image.worker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = (event: MessageEvent<{ id: number; blob: Blob | null }>) => {
    waiting.get(event.data.id)?.(event.data.blob)
    waiting.delete(event.data.id)
  }
  const id = ++last
  return new Promise((resolve) => {
    waiting.set(id, resolve)
    worker!.postMessage({ id, file })
  })
}

/** The image as small as it looks good; the file itself if that is smaller or moves. */
export async function compress(file: File): Promise<{ blob: Blob; name: string }> {
  if (file.type === 'image/gif' || file.type === 'image/svg+xml') return { blob: file, name: file.name }
  const blob = await shrink(file)
  if (!blob || blob.size >= file.size) return { blob: file, name: file.name }
  return { blob, name: file.name.replace(/\.\w+$/, '') + '.webp' }
}

export async function sizeOf(file: Blob): Promise<{ width: number; height: number } | null> {
  try {
    const bitmap = await createImageBitmap(file)
    const { width, height } = bitmap
    bitmap.close()
    return { width, height }
  } catch {
    return null
  }
}
