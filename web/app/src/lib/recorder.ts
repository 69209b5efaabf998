/** What was recorded: 48 loudnesses, 0 to 100, show it without its bytes. */
export interface Voice {
  blob: Blob
  fileName: string
  durationMs: number
  peaks: number[]
}

export const peakCount = 48
export const longestMs = 15 * 60_000
const types = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4']
const sampleEvery = 50

export function canRecord(): boolean {
  return Boolean(navigator.mediaDevices?.getUserMedia) && 'MediaRecorder' in window
}

/** One recording of the microphone, from asking for it until it is given back. */
export class Recorder {
  private readonly chunks: Blob[] = []
  private readonly levels: number[] = []
  private readonly begun = performance.now()
  private readonly sampler: ReturnType<typeof setInterval>
  private readonly ended: Promise<void>

  private constructor(
    private readonly stream: MediaStream,
    private readonly media: MediaRecorder,
    private readonly audio: AudioContext,
    analyser: AnalyserNode,
    onLevel: (level: number, ms: number) => void,
  ) {
    media.ondataavailable = (event) => this.chunks.push(event.data)
    this.ended = new Promise((resolve) => media.addEventListener('stop', () => resolve(), { once: true }))
    const samples = new Float32Array(analyser.fftSize)
    this.sampler = setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      const level = loudness(samples)
      this.levels.push(level)
      onLevel(level, this.elapsed)
    }, sampleEvery)
    media.start(1_000)
  }

  /** Rejects when the microphone may not be used, or there is none. */
  static async start(onLevel: (level: number, ms: number) => void): Promise<Recorder> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } })
    const audio = new AudioContext()
    const analyser = audio.createAnalyser()
    audio.createMediaStreamSource(stream).connect(analyser)
    const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type))
    return new Recorder(stream, new MediaRecorder(stream, mimeType ? { mimeType, audioBitsPerSecond: 32_000 } : {}), audio, analyser, onLevel)
  }

  get elapsed(): number {
    return performance.now() - this.begun
  }

  async stop(): Promise<Voice> {
    const durationMs = Math.round(this.elapsed)
    await this.release()
    const type = this.media.mimeType.split(';')[0]!
    const blob = new Blob(this.chunks, { type })
    return { blob, fileName: `voice.${type === 'audio/mp4' ? 'm4a' : type.slice('audio/'.length)}`, durationMs, peaks: peaksOf(this.levels) }
  }

  async cancel(): Promise<void> {
    await this.release()
  }

  private async release(): Promise<void> {
    clearInterval(this.sampler)
    if (this.media.state !== 'inactive') this.media.stop()
    await this.ended
    for (const track of this.stream.getTracks()) track.stop()
    if (this.audio.state !== 'closed') await this.audio.close()
  }
}

function loudness(samples: Float32Array): number {
  let sum = 0
  for (const s of samples) sum += s * s
  const decibels = 20 * Math.log10(Math.sqrt(sum / samples.length) || 1e-6)
  return Math.round(Math.min(100, Math.max(0, (decibels + 55) * 2.2)))
}

/** The loudest of each of 48 equal stretches. */
export function peaksOf(levels: readonly number[]): number[] {
  return Array.from({ length: peakCount }, (_, i) => {
    const [from, to] = [Math.floor((i * levels.length) / peakCount), Math.ceil(((i + 1) * levels.length) / peakCount)]
    return Math.max(0, ...levels.slice(from, Math.max(to, from + 1)))
  })
}
